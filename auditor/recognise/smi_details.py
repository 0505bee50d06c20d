"""Further fields of a GPU in ``nvidia-smi -q -x``, under the names and in the units in which NVML's are kept."""

import re

from auditor.facts.fact import Fact, Status
from auditor.facts.records import Record
from auditor.recognise.gpu_words import rows
from auditor.recognise.provenance import seen, unseen
from auditor.recognise.smi import Element, denied, size, supported

_PATHS: dict[str, tuple[str, ...]] = {
    "brand_name": ("product_brand",),
    "architecture_name": ("product_architecture",),
    "board_part_number": ("board_part_number",),
    "board_id": ("board_id",),
    "pdi": ("pdi",),
    "minor_number": ("minor_number",),
    "persistence": ("persistence_mode",),
    "accounting": ("accounting_mode",),
    "display_active": ("display_active",),
    "addressing_mode": ("addressing_mode",),
    "ecc_pending": ("ecc_mode/pending_ecc",),
    "mig_pending": ("mig_mode/pending_mig",),
    "dram_encryption": ("dram_encryption_mode/current_dram_encryption", "dram_encryption_mode/current_mode"),
    "inforom_image": ("inforom_version/img_version",),
    "inforom_oem": ("inforom_version/oem_object",),
    "inforom_ecc": ("inforom_version/ecc_object",),
    "inforom_power": ("inforom_version/pwr_object",),
    "gsp_firmware": ("gsp_firmware_version",),
    "virtualisation": ("gpu_virtualization_mode/virtualization_mode",),
    "link_generation": (
        "pci/pci_gpu_link_info/pcie_gen/current_link_gen",
        "pci/pci_gpu_link_info/pcie_gen/device_current_link_gen",
    ),
    "link_generation_most": (
        "pci/pci_gpu_link_info/pcie_gen/max_link_gen",
        "pci/pci_gpu_link_info/pcie_gen/max_device_link_gen",
    ),
    "link_width": ("pci/pci_gpu_link_info/link_widths/current_link_width",),
    "link_width_most": ("pci/pci_gpu_link_info/link_widths/max_link_width",),
    "fabric_state": ("fabric/state",),
    "fabric_status": ("fabric/status",),
    "fabric_clique": ("fabric/cliqueId", "fabric/clique_id"),
    "fabric_cluster": ("fabric/clusterUuid", "fabric/cluster_uuid"),
    "chassis_serial": ("platformInfo/chassis_serial_number", "platformInfo/chassis_sn"),
    "slot": ("platformInfo/slot_number",),
    "tray": ("platformInfo/tray_index",),
    "host_id": ("platformInfo/host_id",),
    "module_id": ("platformInfo/module_id",),
    "ecc_errors_corrected": (
        "ecc_errors/aggregate/dram_correctable",
        "ecc_errors/aggregate/single_bit/total",
    ),
    "ecc_errors_uncorrected": (
        "ecc_errors/aggregate/dram_uncorrectable",
        "ecc_errors/aggregate/double_bit/total",
    ),
    "ecc_errors_sram_uncorrected": (
        "ecc_errors/aggregate/sram_uncorrectable_parity",
        "ecc_errors/aggregate/sram_uncorrectable",
    ),
    "retired_pages_single": ("retired_pages/multiple_single_bit_retirement/retired_count",),
    "retired_pages_double": ("retired_pages/double_bit_retirement/retired_count",),
    "retired_pages_pending": ("retired_pages/pending_blacklist", "retired_pages/pending_retirement"),
}
_POWER = {
    "power_limit_mw": ("current_power_limit", "requested_power_limit", "power_limit"),
    "power_limit_enforced_mw": ("enforced_power_limit",),
    "power_limit_default_mw": ("default_power_limit",),
}
_SIZES = {
    "memory_used": "fb_memory_usage/used",
    "memory_reserved": "fb_memory_usage/reserved",
    "confidential_memory_total": "cc_protected_memory_usage/total",
    "confidential_memory_used": "cc_protected_memory_usage/used",
}


def details_of(gpu: Element, record: Record) -> dict[str, Fact[str]]:
    """Every field that the output has an element for; what it says instead of a value is the fact's note."""
    found: dict[str, Fact[str]] = {}
    for name, paths in _PATHS.items():
        _add(found, name, gpu.find(*paths), record)
    for name, ends in _POWER.items():
        group = ("gpu_power_readings", "power_readings")
        _add(found, name, _milliwatts(gpu.find(*(f"{one}/{end}" for one in group for end in ends))), record)
    for name, path in _SIZES.items():
        told = gpu.find(path)
        amount = size(told)
        _add(found, name, str(amount) if amount is not None else told, record)
    _rows(found, gpu, record)
    _instances(found, gpu, record)
    return dict(sorted(found.items()))


def _add(found: dict[str, Fact[str]], name: str, value: str, record: Record) -> None:
    if name.startswith("link_width"):
        value = value.removesuffix("x")
    if supported(value) or (name == "virtualisation" and value):
        found[name] = seen(record, value[:500])
    elif value:
        found[name] = unseen(record, Status.DENIED if denied(value) else Status.UNSUPPORTED, value[:200])


def _milliwatts(text: str) -> str:
    match = re.fullmatch(r"(\d{1,6})(?:\.(\d{1,3}))? W", text.strip(), re.ASCII)
    return str(int(match[1]) * 1000 + int((match[2] or "0").ljust(3, "0"))) if match else text


def _rows(found: dict[str, Fact[str]], gpu: Element, record: Record) -> None:
    corrected, uncorrected, *flags = (
        gpu.find(f"remapped_rows/remapped_row_{name}") for name in ("corr", "unc", "pending", "failure")
    )
    if supported(corrected) and supported(uncorrected):
        pending, failed = (flag.lower() not in ("no", "0", "") for flag in flags)
        found["remapped_rows"] = seen(record, rows(corrected, uncorrected, pending, failed))


def _instances(found: dict[str, Fact[str]], gpu: Element, record: Record) -> None:
    instances = [device for holder in gpu.each("mig_devices") for device in holder.each("mig_device")]
    if not instances:
        return
    told = []
    for device in instances:
        slices = device.find("device_attributes/shared/multiprocessor_count")
        memory = device.find("fb_memory_usage/total")
        told.append(f"instance {device.find('gpu_instance_id')}: {slices} multiprocessors, {memory}")
    found["mig_devices"] = seen(record, ", ".join(told)[:2000])
