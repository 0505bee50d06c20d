"""Which names a pickle may import: a list of those that only make values, and of those that are known to do harm.

A name on neither list is not known to be harmless. The lists hold names that the pickles of torch, numpy, joblib and
the standard library were seen to import, and functions that start programs, evaluate code, open files or connections.
Sources: the sources of CPython 3.8 to 3.13, torch 2.x (``torch/_utils.py``, ``_weights_only_unpickler.py``) and
numpy 1.x and 2.x.
"""

import fnmatch

from auditor.facts.contents import Harm

_BUILT_IN = frozenset(
    {
        "object", "set", "frozenset", "list", "dict", "tuple", "bytes", "bytearray", "complex", "int", "float",
        "bool", "str", "slice", "range", "Ellipsis", "NotImplemented", "long", "unicode", "xrange",
    }
)  # fmt: skip
_STANDARD = frozenset(
    {
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.deque",
        "copyreg._reconstructor", "copy_reg._reconstructor", "_codecs.encode", "datetime.date",
        "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal",
        "fractions.Fraction", "uuid.UUID", "argparse.Namespace", "types.SimpleNamespace", "pathlib.Path",
        "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
    }
)  # fmt: skip
_NUMPY = frozenset(
    {
        "numpy.dtype", "numpy.ndarray", "numpy.matrix", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
        "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._pickle.__generator_ctor", "numpy.random._mt19937.MT19937", "numpy.random._pcg64.PCG64",
        "joblib.numpy_pickle.NumpyArrayWrapper",
    }
)  # fmt: skip
_NUMPY_TYPES = frozenset(
    {
        "bool_", "bool", "int8", "int16", "int32", "int64", "intc", "int_", "uint8", "uint16", "uint32",
        "uint64", "float16", "float32", "float64", "longdouble", "complex64", "complex128", "str_", "bytes_",
        "void", "datetime64", "timedelta64",
    }
)  # fmt: skip
_TORCH = frozenset(
    {
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
        "torch._utils._rebuild_qtensor", "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_sparse_csr_tensor", "torch._utils._rebuild_meta_tensor_no_storage",
        "torch._utils._rebuild_nested_tensor", "torch._utils._rebuild_wrapper_subclass",
        "torch._utils._rebuild_device_tensor_from_numpy", "torch._utils._rebuild_device_tensor_from_cpu_tensor",
        "torch._tensor._rebuild_from_type_v2", "torch.serialization._get_layout", "torch.Tensor", "torch.Size",
        "torch.device", "torch.dtype", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer",
        "torch.storage.UntypedStorage", "torch.storage.TypedStorage", "torch.torch_version.TorchVersion",
        "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
        "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_tensor_from_id", "torch.jit._pickle.restore_type_tag",
    }
)  # fmt: skip
_TORCH_TYPES = frozenset(
    {
        "float16", "float32", "float64", "half", "float", "double", "bfloat16", "int8", "int16", "int32",
        "int64", "uint8", "uint16", "uint32", "uint64", "short", "int", "long", "bool", "complex32",
        "complex64", "complex128", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "float8_e4m3fn",
        "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "strided",
        "sparse_coo", "per_tensor_affine", "per_channel_affine",
    }
)  # fmt: skip
_STORAGES = frozenset(
    f"{kind}Storage"
    for kind in [
        "Double",
        "Float",
        "Half",
        "Long",
        "Int",
        "Short",
        "Char",
        "Byte",
        "Bool",
        "BFloat16",
        "ComplexDouble",
        "ComplexFloat",
        "QUInt8",
        "QInt8",
        "QInt32",
        "QUInt4x2",
        "QUInt2x4",
        "Untyped",
    ]
)

_HARMFUL = frozenset(
    {
        "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "_posixsubprocess", "sys", "runpy", "pty",
        "socket", "_socket", "ssl", "shutil", "importlib", "imp", "_imp", "zipimport", "pkgutil", "pickle",
        "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "ctypes", "_ctypes", "cffi", "multiprocessing",
        "threading", "_thread", "asyncio", "signal", "webbrowser", "http", "httplib", "urllib", "urllib2",
        "urllib3", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib", "poplib", "imaplib",
        "xmlrpc", "socketserver", "code", "codeop", "bdb", "pdb", "profile", "cProfile", "trace", "timeit",
        "doctest", "unittest", "inspect", "ast", "dis", "gc", "types", "functools", "operator", "_operator",
        "tempfile", "commands", "popen2", "platform", "site", "sysconfig", "ensurepip", "venv", "pip",
        "setuptools", "distutils", "idlelib", "lib2to3", "pydoc", "tkinter", "readline", "rlcompleter",
        "logging", "linecache", "fileinput", "glob", "io", "_io", "builtins", "__builtin__", "shelve", "dbm",
        "sqlite3", "tarfile", "zipfile", "mmap", "resource", "fcntl", "concurrent", "sched", "atexit",
        "faulthandler", "getpass", "cmd", "test", "uu", "cgi", "cgitb", "pyclbr", "nturl2path",
    }
)  # fmt: skip
_HARMFUL_NAMES = (
    "torch.load", "torch.hub.*", "torch.jit.load*", "torch.serialization.load", "torch.storage._load_from_bytes",
    "torch.utils.cpp_extension.*", "torch.utils.collect_env.*", "torch.utils._config_module.*",
    "torch.utils.bottleneck.*", "torch.utils.data.*", "torch._dynamo.*", "torch._inductor.*", "torch.fx.*",
    "torch.distributed.*", "torch.multiprocessing.*", "torch.package.*", "torch.testing.*", "torch.ops.*",
    "torch.classes.*", "torch.compile", "torch.save", "torch._C.*", "torch.cuda.*",
    "numpy.load", "numpy.save*", "numpy.fromfile", "numpy.memmap", "numpy.loadtxt", "numpy.genfromtxt",
    "numpy.testing.*", "numpy.f2py.*", "numpy.distutils.*", "numpy.lib.*",
    "joblib.load", "joblib.numpy_pickle.load*", "pandas.read_*", "pandas.eval", "pandas.io.*",
    "transformers.*.from_pretrained", "tensorflow.*", "keras.*Lambda*", "*.__subclasses__", "*.__globals__*",
    "*.__builtins__*", "*.__reduce*", "*.__getattribute__", "*.__import__*", "*.system", "*.popen",
)  # fmt: skip


def harm_of(name: str) -> Harm | None:
    """What an import tells; None for a name that only makes values."""
    if _makes_values(name):
        return None
    top = name.partition(".")[0]
    if top in _HARMFUL or any(fnmatch.fnmatchcase(name, glob) for glob in _HARMFUL_NAMES):
        return Harm.HIGH
    return Harm.MEDIUM


def _makes_values(name: str) -> bool:
    module, _, last = name.rpartition(".")
    if module in ("builtins", "__builtin__"):
        return last in _BUILT_IN
    if module == "numpy":
        return name in _NUMPY or last in _NUMPY_TYPES
    if module == "numpy.dtypes":
        return last.endswith("DType") and last.isidentifier()
    if module in ("torch", "torch.cuda"):
        return last in _STORAGES or (module == "torch" and (last in _TORCH_TYPES or name in _TORCH))
    return name in _STANDARD or name in _NUMPY or name in _TORCH
