using MedAI.Training.Cli;

namespace MedAI.Training.Tests.Cli;

public sealed class ProgressBarTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Time_left_is_that_of_the_steps_to_do_at_the_pace_so_far()
    {
        using var bar = new ProgressBar(_output, terminal: false, _time, "training", 10);
        bar.Report(0);
        _time.Advance(TimeSpan.FromMinutes(2));
        bar.Report(4, "member 2");

        Assert.EndsWith("training [###########.................]  40 % 03:00 left member 2\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_of_an_earlier_run_do_not_count_for_the_pace()
    {
        using var bar = new ProgressBar(_output, terminal: false, _time, "training", 10);
        bar.Report(8);
        _time.Advance(TimeSpan.FromMinutes(5));
        bar.Report(9);

        Assert.Contains("90 % 05:00 left", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_lines_come_every_half_minute_and_at_the_end()
    {
        using var bar = new ProgressBar(_output, terminal: false, _time, "t", 100);
        for (var i = 0; i <= 100; i++)
        {
            bar.Report(i);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.EndsWith("100 % done", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain('\r', _output.ToString());
    }

    [Fact]
    public void Terminal_draws_over_its_line_and_leaves_nothing_of_a_longer_one()
    {
        using (var bar = new ProgressBar(_output, terminal: true, _time, "t", 2))
        {
            bar.Report(0, "a long note");
            _time.Advance(TimeSpan.FromSeconds(1));
            bar.Report(2);
        }

        var drawn = _output.ToString().Split('\r');
        Assert.Equal(3, drawn.Length);
        Assert.Equal(drawn[1].Length, drawn[2].TrimEnd('\n').Length);
        Assert.EndsWith("\n", _output.ToString(), StringComparison.Ordinal);
    }
}
