using MedAI.Training.Cli;

namespace MedAI.Training.Tests.Cli;

public sealed class CommandsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medai-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string ErrorOf(Action action)
    {
        var message = UserError.Of(Assert.ThrowsAny<Exception>(action));
        Assert.NotNull(message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static CommandLine Line(params string[] words) => new(words, "check");

    [Fact]
    public void A_package_that_does_not_exist_is_told_with_those_that_do() => Assert.Contains(
        "icu-mortality",
        ErrorOf(() => Commands.Card(Line("card", "no-such-model", "--model", _folder), TextWriter.Null)),
        StringComparison.Ordinal);

    [Fact]
    public void A_folder_that_is_no_package_is_told_in_one_line() => Assert.Contains(
        "is no model package",
        ErrorOf(() => Commands.Card(Line("card", "icu-mortality", "--model", _folder), TextWriter.Null)),
        StringComparison.Ordinal);

    [Fact]
    public void A_damaged_manifest_is_told_in_one_line()
    {
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{ \"id\": ");

        Assert.Contains("manifest.json has", ErrorOf(() => Commands.Card(Line("card", "icu-mortality", "--model", _folder), TextWriter.Null)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_stays_is_told_in_one_line() => Assert.Contains(
        "holds neither",
        ErrorOf(() => Commands.Train(
            Line("train", "icu-mortality", "--data", _folder, "--work", Path.Combine(_folder, "work")), TimeProvider.System, CancellationToken.None)),
        StringComparison.Ordinal);

    [Fact]
    public void A_damaged_stay_is_told_by_its_file_name()
    {
        var set = Path.Combine(_folder, "set-a");
        Directory.CreateDirectory(set);
        File.WriteAllText(Path.Combine(set, "123456.txt"), "not a stay");

        var message = ErrorOf(() =>
        {
            using var folder = MedAI.Training.Icu2012.IcuStayFolder.Open(_folder);
            folder.ReadAll();
        });

        Assert.StartsWith("123456.txt is damaged", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_device_is_told_before_work_begins() => Assert.Contains(
        "cpu or cuda",
        ErrorOf(() => Commands.Train(
            Line("train", "icu-mortality", "--data", _folder, "--work", Path.Combine(_folder, "work"), "--device", "gpu"), TimeProvider.System, CancellationToken.None)),
        StringComparison.Ordinal);

    [Fact]
    public void A_missing_libgomp_is_told_with_what_to_install() => Assert.Contains(
        "libgomp1", UserError.Of(new DllNotFoundException("libgomp.so.1: cannot open shared object file")), StringComparison.Ordinal);

    [Fact]
    public void A_fault_of_the_programme_is_not_hidden() => Assert.Null(UserError.Of(new ArgumentOutOfRangeException("x")));
}
