using System.Text;

namespace MedAI.Training.Cli;

/// <summary>Writes every line to two places: the console, and a log that survives.</summary>
internal sealed class TeeWriter(TextWriter first, TextWriter second) : TextWriter
{
    public override Encoding Encoding => first.Encoding;

    public override void Write(char value)
    {
        first.Write(value);
        second.Write(value);
    }

    public override void Write(string? value)
    {
        first.Write(value);
        second.Write(value);
    }

    public override void WriteLine(string? value)
    {
        first.WriteLine(value);
        second.WriteLine(value);
        second.Flush();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            second.Dispose();
        base.Dispose(disposing);
    }
}
