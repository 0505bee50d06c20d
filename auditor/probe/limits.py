"""Bounds of the probe, so that nothing on a host can make it run or grow without end. Sizes in bytes."""

KIB = 1024
MIB = 1024 * KIB

TEXT = 1 * MIB
"""Of a text file that is kept; the rest is hashed only."""
TEXT_READ = 64 * MIB
"""Of a text file that is read at all."""
TEXTS_PER_MODEL = 256
FOOTPRINT = 4 * KIB

SAFETENSORS_HEADER = 100_000_000
"""The format's own limit."""
GGUF_HEADER = 256 * MIB
GGUF_KEYS = 1_000_000
GGUF_TENSORS = 1_000_000
GGUF_NAME = 64 * KIB
GGUF_NESTING = 4
TENSORS = 1_000_000
METADATA_VALUE = 64 * KIB
METADATA_KEYS = 4_096
PREFIXES = 256
HEADER_PROBLEMS = 32

HOLES_PER_FILE = 1024 * MIB
"""Of a weight file that no disk holds; nobody publishes weights with more of that."""
HOLES = 16 * 1024 * MIB
"""Of all weight files together."""

ENTRIES = 200_000
"""Directory entries of one walk."""
DEPTH = 32
FILES_PER_MODEL = 20_000
MODELS = 10_000

PROC_FILE = 16 * MIB
"""Of a file under /proc."""
SOCKET_TABLE = 64 * MIB
ARGUMENT = 4 * KIB
ARGUMENTS = 512
ENVIRONMENT = 1 * MIB
OPEN_FILES = 1_024
"""Weight files named for one process."""
CANDIDATES = 2_000

FLOWS = 20_000
LISTENERS = 20_000
LIVE_FLOWS = 200
"""Destinations that are told while the watch goes on."""
WATCH_SECONDS = 604_800
EVENT_RING = 4 * MIB
"""Of reports of the kernel that wait to be read; a power of two."""
PACKET_RING = 32 * MIB
"""Of headers of packets that wait to be counted: about 170,000 packets."""
OPENING_RING = 8 * MIB
OPENINGS = 32 * MIB
"""Of beginnings of conversations that are kept in one watch."""
OPENINGS_PIECE = 1 * MIB
"""Of them in one record."""
VOLUMES = 65_536
"""Pairs of socket and other end whose bytes are counted at the same time."""
UNUSUAL_SOCKETS = 1_000
"""Makers of raw and other sockets that are told apart."""

COMMAND_OUTPUT = 16 * MIB
PROBLEMS = 500
"""Told one by one for a collector; those beyond are counted."""
REQUEST = 16 * MIB

PICKLE_OPCODES = 5_000_000
PICKLE_VALUES = 500_000
"""On the stack, and in the memo."""
PICKLE_MARKS = 10_000
PICKLE_LINE = 64 * KIB
PICKLE_KEPT = MIB
"""Of a text or of bytes that is looked into; longer ones are passed over."""
PICKLE_NAME = 4 * KIB
PICKLE_NESTING = 3
PICKLES = 1_000
"""One after another in a file."""
IMPORTS = 500
SIGNS = 200
MEMBERS = 20_000
"""Of an archive."""
MEMBER = 32 * MIB
"""Of a packed file that is unpacked and followed, in memory."""
ARCHIVE_LIST = 32 * MIB
"""Of a read of an archive's list of members."""
ARCHIVE_NESTING = 3
SNIFFED = 2_000
"""Files of a model, besides its weights, whose first bytes are looked at."""

ENDPOINTS = 64
"""Sockets that are asked."""
ENDPOINTS_PER_PROCESS = 8
ANSWER = 64 * KIB
"""Of the body of an answer."""
ANSWER_METRICS = 1 * MIB
"""Of one that holds counters, of which only the lines of those asked for are kept."""
ANSWER_HEAD = 16 * KIB
ANSWER_SECONDS = 2.0
ANSWER_DEPTH = 32
"""Of JSON."""
COUNTERS = 1_000
COUNTING_SECONDS = 1.0
"""Before the end of the watch, for the second look at counters."""
