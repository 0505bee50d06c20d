"""A library libnvidia-ml.so.1 in C, made from an output of ``nvidia-smi -q -x`` and compiled: tests need no GPU."""

import re
import shutil
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from auditor.recognise.smi import Element, size, tree

needs_compiler = pytest.mark.skipif(
    shutil.which("gcc") is None, reason="needs gcc and libc6-dev (requirements/system-test.txt)"
)

_HEAD = r"""
#include <string.h>
#include <stdint.h>
#include <unistd.h>
typedef struct { const char *name, *uuid, *serial, *vbios, *bus, *part; unsigned id, sub; uint64_t total, used;
                 int ecc, mig, persistence; unsigned limit, minor; unsigned pid; uint64_t held; } G;
#define TEXT(value, length) do { if (strlen(value) + 1 > (length)) return 7; strcpy(b, value); return 0; } while (0)
typedef struct { unsigned long long t, f, u; } M;
typedef struct { char l[16]; unsigned d, b, v, id, sub; char bus[32]; } P;
typedef struct { unsigned pid; unsigned long long used; unsigned i, c; } R;
typedef struct { unsigned e, f, t; } C;
"""

_BODIES = {
    "nvmlInit_v2": "(void) { return 0; }",
    "nvmlErrorString": '(int r) { return r == 3 ? "Not Supported" : "Error"; }',
    "nvmlSystemGetDriverVersion": "(char *b, unsigned l) { TEXT(DRIVER, l); }",
    "nvmlSystemGetNVMLVersion": '(char *b, unsigned l) { TEXT("13." DRIVER, l); }',
    "nvmlSystemGetCudaDriverVersion_v2": "(int *v) { *v = CUDA; return 0; }",
    "nvmlSystemGetConfComputeState": "(C *s) { s->e = 2; s->f = 1; s->t = 0; return 0; }",
    "nvmlDeviceGetCount_v2": "(unsigned *c) { *c = COUNT; return 0; }",
    "nvmlDeviceGetHandleByIndex_v2": "(unsigned i, const G **h) { if (i >= COUNT) return 2; *h = gs + i; return 0; }",
    "nvmlDeviceGetName": "(G *h, char *b, unsigned l) { TEXT(h->name, l); }",
    "nvmlDeviceGetUUID": "(G *h, char *b, unsigned l) { TEXT(h->uuid, l); }",
    "nvmlDeviceGetSerial": "(G *h, char *b, unsigned l) { TEXT(h->serial, l); }",
    "nvmlDeviceGetVbiosVersion": "(G *h, char *b, unsigned l) { TEXT(h->vbios, l); }",
    "nvmlDeviceGetBoardPartNumber": "(G *h, char *b, unsigned l) { TEXT(h->part, l); }",
    "nvmlDeviceGetInforomImageVersion": "(G *h, char *b, unsigned l) { return 3; }",
    "nvmlDeviceGetMinorNumber": "(G *h, unsigned *n) { *n = h->minor; return 0; }",
    "nvmlDeviceGetMemoryInfo": "(G *h, M *m) { m->t = h->total; m->u = h->used; m->f = m->t - m->u; return 0; }",
    "nvmlDeviceGetPciInfo_v3": "(G *h, P *p) { memset(p, 0, sizeof *p); strcpy(p->bus, h->bus); p->id = h->id;"
    " p->sub = h->sub; return 0; }",
    "nvmlDeviceGetEccMode": "(G *h, int *a, int *b) { *a = *b = h->ecc; return 0; }",
    "nvmlDeviceGetMigMode": "(G *h, int *a, int *b) { *a = *b = h->mig; return 0; }",
    "nvmlDeviceGetPersistenceMode": "(G *h, int *a) { *a = h->persistence; return 0; }",
    "nvmlDeviceGetEnforcedPowerLimit": "(G *h, unsigned *n) { *n = h->limit; return 0; }",
    "nvmlDeviceGetRemappedRows": "(G *h, unsigned *a, unsigned *b, unsigned *c, unsigned *d)"
    " { *a = 1; *b = 0; *c = 0; *d = 0; return 0; }",
    "nvmlDeviceGetNvLinkState": "(G *h, unsigned i, unsigned *a) { if (i > 3) return 2; *a = i < 2; return 0; }",
    "nvmlDeviceGetComputeRunningProcesses_v3": "(G *h, unsigned *n, R *r) { *n = h->pid ? 1 : 0;"
    " r[0].pid = h->pid; r[0].used = h->held; return 0; }",
}


def build(
    folder: Path,
    xml: str,
    hang: Collection[str] = (),
    crash: Collection[str] = (),
    lack: Collection[str] = (),
    lies: Mapping[str, str] | None = None,
) -> Path:
    """The library in ``folder``; functions of ``hang`` never return, those of ``crash`` end the process, those of
    ``lack`` are not there. ``lies`` are paths of the output with what the library says of the first GPU instead."""
    root = tree(xml)
    rows = [_row(gpu, lies or {} if at == 0 else {}) for at, gpu in enumerate(root.each("gpu"))]
    cuda = int(float(root.find("cuda_version")) * 1000)
    about = f'#define DRIVER "{root.find("driver_version")}"\n#define CUDA {cuda}\n#define COUNT {len(rows)}\n'
    lines = [_HEAD, about, f"static const G gs[] = {{{', '.join(rows)}}};"]
    for name, body in _BODIES.items():
        if name in lack:
            continue
        kind = "const char *" if name == "nvmlErrorString" else "int "
        for trick, does in ((hang, "{ for (;;) pause();"), (crash, "{ *(volatile int *)8 = 1;")):
            if name in trick:
                body = body.replace("{", does, 1)
        lines.append(kind + name + body)
    source = folder / "nvml.c"
    source.write_text("\n".join(lines) + "\n")
    library = folder / "libnvidia-ml.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", str(library), str(source)], check=True, timeout=60)
    return library


def _row(gpu: Element, lies: Mapping[str, str]) -> str:
    def told(path: str) -> str:
        return lies.get(path) or gpu.find(path)

    texts = ("product_name", "uuid", "serial", "vbios_version", "pci/pci_bus_id", "board_part_number")
    quoted = ", ".join(f'"{told(path)}"' for path in texts)
    ids = ", ".join(f"0x{told(path)}u" for path in ("pci/pci_device_id", "pci/pci_sub_system_id"))
    total, used = (size(told(f"fb_memory_usage/{name}")) or 0 for name in ("total", "used"))
    modes = ("ecc_mode/current_ecc", "mig_mode/current_mig", "persistence_mode")
    on = ", ".join(str(int(told(path) == "Enabled")) for path in modes)
    watts = re.match(r"\d+", told("gpu_power_readings/current_power_limit")) or re.match(r"\d", "0")
    limit = int(watts[0]) * 1000 if watts else 0
    process = next((entry for holder in gpu.each("processes") for entry in holder.each("process_info")), Element(""))
    held = size(process.find("used_memory")) or 0
    minor, pid = (text or "0" for text in (told("minor_number"), process.find("pid")))
    return f"{{{quoted}, {ids}, {total}ull, {used}ull, {on}, {limit}u, {minor}u, {pid}u, {held}ull}}"
