using System.Buffers.Binary;
using System.Text;
using MedAI.Training.Libtorch;

namespace MedAI.Training.Tests.Libtorch;

public sealed class ElfVersionRequirementTests
{
    private const int Need = 64;
    private const int FirstAux = Need + 16;
    private const int Strings = 128;
    private const int Sections = 192;

    [Fact]
    public void Only_the_named_version_becomes_weak()
    {
        var image = Object("V_1", "V_2");

        Assert.Equal(1, ElfVersionRequirement.MarkWeak(image, "V_2"));

        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(FirstAux + 4)));
        Assert.Equal(2, BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(FirstAux + 16 + 4)));
    }

    [Fact]
    public void Unneeded_version_changes_nothing()
    {
        var image = Object("V_1", "V_2");
        var before = image.ToArray();

        Assert.Equal(0, ElfVersionRequirement.MarkWeak(image, "V_3"));
        Assert.Equal(before, image);
    }

    [Fact]
    public void Other_files_are_refused() =>
        Assert.Throws<InvalidDataException>(() => ElfVersionRequirement.MarkWeak(new byte[100], "V_1"));

    /// <summary>The least that the format allows: one requirement record with two versions, their names, and two section headers.</summary>
    private static byte[] Object(string first, string second)
    {
        var image = new byte[Sections + (2 * 64)];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]).CopyTo(image);
        Put64(0x28, Sections);
        Put16(0x3A, 64);
        Put16(0x3C, 2);
        Put16(Need + 2, 2);
        Put32(Need + 8, 16);
        Put32(FirstAux + 8, 1);
        Put32(FirstAux + 12, 16);
        Put32(FirstAux + 16 + 8, 10);
        Encoding.ASCII.GetBytes(first).CopyTo(image, Strings + 1);
        Encoding.ASCII.GetBytes(second).CopyTo(image, Strings + 10);
        Put32(Sections + 4, 0x6ffffffe);
        Put64(Sections + 24, Need);
        Put32(Sections + 40, 1);
        Put32(Sections + 44, 1);
        Put64(Sections + 64 + 24, Strings);
        return image;

        void Put16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at), value);
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);
        void Put64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(at), value);
    }
}
