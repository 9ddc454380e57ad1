using System.Buffers.Binary;
using System.Text;

namespace MedAI.Training.Libtorch;

/// <summary>Edits the symbol-version requirements of an ELF shared object (64 bit, little endian).</summary>
/// <remarks>Layout: the gABI's section headers and the GNU <c>.gnu.version_r</c> section (Elf64_Verneed, Elf64_Vernaux).</remarks>
internal static class ElfVersionRequirement
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>Marks every requirement of version <paramref name="version"/> in the file as weak; returns how many there were.</summary>
    /// <exception cref="InvalidDataException">The file is not such an object.</exception>
    public static int MarkWeak(string path, string version)
    {
        var bytes = File.ReadAllBytes(path);
        var marked = MarkWeak(bytes, version);
        if (marked > 0)
        {
            // A new file, because the old one may be mapped or hard-linked to the package cache.
            var temporary = path + ".weak";
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }

        return marked;
    }

    /// <summary>The same on an image in memory.</summary>
    public static int MarkWeak(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("Not a 64-bit little-endian ELF object.");

        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(image[0x28..]);
        int headerSize = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3A..]);
        int headerCount = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3C..]);
        var marked = 0;
        for (var i = 0; i < headerCount; i++)
        {
            var header = image[(sections + (i * headerSize))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != VersionNeedSection)
                continue;

            var names = image[(sections + ((int)BinaryPrimitives.ReadUInt32LittleEndian(header[40..]) * headerSize))..];
            var strings = (int)BinaryPrimitives.ReadUInt64LittleEndian(names[24..]);
            var need = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
            var needs = BinaryPrimitives.ReadUInt32LittleEndian(header[44..]);
            for (uint n = 0; n < needs; n++)
            {
                int count = BinaryPrimitives.ReadUInt16LittleEndian(image[(need + 2)..]);
                var aux = need + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(need + 8)..]);
                for (var a = 0; a < count; a++)
                {
                    var name = image[(strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(aux + 8)..]))..];
                    if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == version)
                    {
                        var flags = BinaryPrimitives.ReadUInt16LittleEndian(image[(aux + 4)..]);
                        BinaryPrimitives.WriteUInt16LittleEndian(image[(aux + 4)..], (ushort)(flags | WeakFlag));
                        marked++;
                    }

                    aux += (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(aux + 12)..]);
                }

                need += (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(need + 12)..]);
            }
        }

        return marked;
    }
}
