using Microsoft.Extensions.Configuration;

namespace MedAI.Fhir.Tests;

public sealed class SettingsTests
{
    [Fact, Trait("promise", "M-615")]
    public async Task Files_of_settings_are_not_watched()
    {
        string folder = Directory.CreateTempSubdirectory("medai-settings-").FullName;
        try
        {
            await using var app = Server.Create(["--data", folder, "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"]);
            var files = ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>().ToArray();

            Assert.Contains(files, f => f.Source.Path == "appsettings.json");
            Assert.All(files, f => Assert.False(f.Source.ReloadOnChange));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
