namespace MedAI.Training.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void Verb_package_options_and_flags_are_told_apart()
    {
        var line = new CommandLine(["evaluate", "icu-mortality", "--data", "D", "--check", "--model", "M"], "check");

        Assert.Equal(("evaluate", "icu-mortality"), (line.Verb, line.Package));
        Assert.Equal(("D", "M"), (line.Required("data"), line.Required("model")));
        Assert.True(line.Flag("check"));
        line.Done();
    }

    [Fact]
    public void Package_may_be_left_out() => Assert.Null(new CommandLine(["score", "--data", "D"]).Package);

    [Theory]
    [InlineData("train", "p", "word")]
    [InlineData("train", "p", "--data")]
    [InlineData("train", "p", "--data", "a", "--data", "b")]
    public void Words_out_of_place_are_refused(params string[] words) => Assert.Throws<FormatException>(() => new CommandLine(words));

    [Fact]
    public void Unknown_options_and_flags_are_refused()
    {
        Assert.Throws<FormatException>(new CommandLine(["train", "--sed", "1"]).Done);
        Assert.Throws<FormatException>(new CommandLine(["train", "--check"], "check").Done);
    }

    [Fact]
    public void Missing_and_malformed_values_are_refused()
    {
        Assert.Throws<FormatException>(() => new CommandLine(["train"]).Required("data"));
        Assert.Throws<FormatException>(() => new CommandLine(["train", "--seed", "x"]).Whole("seed", 1));
        Assert.Equal(1, new CommandLine(["train"]).Whole("seed", 1));
    }
}
