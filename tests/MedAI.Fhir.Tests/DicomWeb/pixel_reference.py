"""What a grey DICOM image becomes, worked out once more in double precision from the words of the standard (PS3.3 and PS3.5), by pydicom and numpy.

Reads jobs from the file that is its argument, one a line, tab-separated: file, fallback (min-max or full-range), crop (none or centre-square), rows, columns, output stem.
Writes <stem>.frame, the first frame as little-endian samples as they are stored, and <stem>.tensor, rows x columns doubles from 0 (black) to 1 (white).
It reads the files themselves: neither a PACS nor DICOM JSON stands between.
"""
import sys
import warnings

import numpy as np
import pydicom

# PS3.5 A.4: transfer syntaxes whose samples lie in the file as they are.
NATIVE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}


def number(dataset, keyword, otherwise=None):
    """First value of an attribute as a float; the other value where it is absent or empty."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return otherwise
    return float(value[0]) if isinstance(value, pydicom.multival.MultiValue) else float(value)


def containers(dataset):
    """The cells that hold the samples, unsigned, rows x columns; and their bytes in little-endian order."""
    size = int(dataset.BitsAllocated) // 8
    shape = (int(dataset.Rows), int(dataset.Columns))
    syntax = dataset.file_meta.TransferSyntaxUID
    if str(syntax) in NATIVE:
        order = ">" if str(syntax) == "1.2.840.10008.1.2.2" else "<"
        cells = np.frombuffer(dataset.PixelData, dtype=f"{order}u{size}", count=shape[0] * shape[1])
    else:
        cells = dataset.pixel_array.astype(f"<i{size}" if dataset.PixelRepresentation else f"<u{size}").view(f"<u{size}").ravel()
    cells = cells.astype(f"<u{size}")
    return cells.astype(np.int64).reshape(shape), cells.tobytes()


def stored_values(dataset, cells):
    """PS3.5 8.1.1: the sample occupies Bits Stored bits that end at High Bit; two's complement where Pixel Representation is 1."""
    bits = int(dataset.BitsStored)
    lowest = int(dataset.HighBit) - bits + 1
    values = np.floor_divide(cells, 2**lowest) % 2**bits
    if dataset.PixelRepresentation == 1:
        values = np.where(values >= 2 ** (bits - 1), values - 2**bits, values)
    return values


def padding(dataset, stored):
    """PS3.3 C.7.5.1.1.2: stored values from the padding value to its range limit, whichever is larger, are no pixels."""
    first = number(dataset, "PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, bool)
    last = number(dataset, "PixelPaddingRangeLimit", first)
    return (stored >= min(first, last)) & (stored <= max(first, last))


def table_of(item, signed):
    """PS3.3 C.11.1.1: entries, first input value mapped, bits per entry; and the data."""
    count, first, bits = (int(v) for v in item.LUTDescriptor)
    count = count or 65536
    if signed and first >= 32768:
        first -= 65536
    data = item.LUTData
    if isinstance(data, (bytes, bytearray)):
        data = np.frombuffer(data, dtype="u1" if len(data) < 2 * count else "<u2")
    entries = np.asarray(data, dtype=np.int64).ravel()[:count]
    return np.where(entries < 0, entries + 65536, entries), first, bits


def look_up(table, values):
    entries, first, _ = table
    # Half a step away from zero goes away from zero; the ends of the table are held.
    whole = np.sign(values) * np.floor(np.abs(values) + 0.5)
    return entries[np.clip(whole - first, 0, len(entries) - 1).astype(np.int64)].astype(float)


def modality_values(dataset, stored):
    """PS3.3 C.11.1: the table, or slope and intercept."""
    if dataset.get("ModalityLUTSequence"):
        return look_up(table_of(dataset.ModalityLUTSequence[0], dataset.PixelRepresentation == 1), stored.astype(float))
    return stored * number(dataset, "RescaleSlope", 1.0) + number(dataset, "RescaleIntercept", 0.0)


def display_values(dataset, values, everything, counts, fallback):
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, from 0 to 1; without a table and a window the model's own rule."""
    if dataset.get("VOILUTSequence"):
        # The input of this table is signed where modality values can be negative (PS3.3 C.11.2.1.1).
        table = table_of(dataset.VOILUTSequence[0], everything.min() < 0)
        return look_up(table, values) / (2.0 ** table[2] - 1)
    c, w = number(dataset, "WindowCenter"), number(dataset, "WindowWidth")
    if c is None:
        used = values[counts] if fallback == "min-max" else everything
        low, high = (used.min(), used.max()) if used.size else (0, 0)
        return np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
    function = dataset.get("VOILUTFunction") or "LINEAR"
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (values - c) / w))
    if function == "LINEAR_EXACT":
        return np.where(values <= c - w / 2, 0, np.where(values > c + w / 2, 1, (values - c) / w + 0.5))
    below, above = values <= c - 0.5 - (w - 1) / 2, values > c - 0.5 + (w - 1) / 2
    return np.where(below, 0, np.where(above, 1, (values - (c - 0.5)) / max(w - 1, 1e-300) + 0.5))


def grey(dataset, cells, fallback):
    stored = stored_values(dataset, cells)
    blank = padding(dataset, stored)
    bits = int(dataset.BitsStored)
    possible = np.arange(2**bits) - (2 ** (bits - 1) if dataset.PixelRepresentation == 1 else 0)
    values = display_values(dataset, modality_values(dataset, stored), modality_values(dataset, possible), ~blank, fallback)
    # PS3.3 C.7.6.3.1.2 and C.11.6: the smallest value is white; both attributes say the same thing.
    if dataset.PhotometricInterpretation == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE":
        values = 1 - values
    return np.where(blank, 0.0, values)


def shares(source, target):
    """target x source: how much of each source pixel a target pixel takes. Area where it shrinks, bilinear between centres where it grows."""
    scale = source / target
    if source >= target:
        edges = np.arange(target + 1) * scale
        k = np.arange(source)
        overlap = np.minimum(edges[1:, None], k + 1) - np.maximum(edges[:-1, None], k)
        return np.maximum(overlap, 0) / scale
    centres = np.clip((np.arange(target) + 0.5) * scale - 0.5, 0, source - 1)
    return np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(source)))


def tensor(picture, crop, rows, columns):
    if crop == "centre-square":
        side = min(picture.shape)
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        picture = picture[top : top + side, left : left + side]
    return shares(picture.shape[0], rows) @ picture @ shares(picture.shape[1], columns).T


def main():
    warnings.simplefilter("ignore")
    for line in open(sys.argv[1], encoding="utf-8"):
        file, fallback, crop, rows, columns, stem = line.rstrip("\n").split("\t")
        dataset = pydicom.dcmread(file)
        cells, frame = containers(dataset)
        with open(stem + ".frame", "wb") as out:
            out.write(frame)
        with open(stem + ".tensor", "wb") as out:
            out.write(tensor(grey(dataset, cells, fallback), crop, int(rows), int(columns)).astype("<f8").tobytes())


main()
