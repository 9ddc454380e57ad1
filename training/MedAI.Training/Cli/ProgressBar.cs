using System.Globalization;

namespace MedAI.Training.Cli;

/// <summary>Shows how far a long task is and how long it still takes.</summary>
/// <remarks>
/// On a terminal one line is drawn over; elsewhere a plain line comes every half minute. The time left is that of the steps still to do at the mean pace of
/// this run, so steps that an earlier run did must be given to the first <see cref="Report"/> and do not count. Safe for several threads.
/// </remarks>
internal sealed class ProgressBar : IDisposable
{
    private const int Cells = 28;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly TextWriter _output;
    private readonly bool _terminal;
    private readonly TimeProvider _time;
    private readonly string _title;
    private readonly long _total;
    private long? _startStamp;
    private long _startDone;
    private long? _shownStamp;
    private int _width;

    public ProgressBar(TextWriter output, bool terminal, TimeProvider time, string title, long total)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(total);
        (_output, _terminal, _time, _title, _total) = (output, terminal, time, title, total);
    }

    /// <param name="done">Steps that are done, from 0 to the total.</param>
    /// <param name="note">What is being done, for instance <c>member 2 of 5</c>.</param>
    public void Report(long done, string note = "")
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            if (_startStamp is null)
                (_startStamp, _startDone) = (now, done);
            var wait = _terminal ? Redraw : Quiet;
            if (_shownStamp is { } shown && done < _total && _time.GetElapsedTime(shown, now) < wait)
                return;
            _shownStamp = now;
            Show(Line(done, note, _time.GetElapsedTime(_startStamp.Value, now)));
        }
    }

    /// <summary>Ends the line, so that what is written next begins a new one.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_terminal && _width > 0)
                _output.WriteLine();
            _width = 0;
        }
    }

    private string Line(long done, string note, TimeSpan elapsed)
    {
        var share = Math.Clamp(done / (double)_total, 0, 1);
        var filled = (int)(share * Cells);
        var bar = new string('#', filled) + new string('.', Cells - filled);
        var made = done - _startDone;
        var left = done >= _total ? "done" : made > 0 ? $"{Clock(elapsed * ((_total - done) / (double)made))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{_title} [{bar}] {100 * share,3:0} % {left} {note}").TrimEnd();
    }

    private void Show(string line)
    {
        if (_terminal)
            _output.Write("\r" + line.PadRight(_width));
        else
            _output.WriteLine(line);
        _output.Flush();
        _width = line.Length;
    }

    private static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes:00}:{time.Seconds:00}");
}
