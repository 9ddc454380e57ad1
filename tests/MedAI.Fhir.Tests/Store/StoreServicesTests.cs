using MedAI.Fhir.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Store;

public sealed class StoreServicesTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Server_opens_the_store_at_start_and_closes_it_at_the_end()
    {
        await using (var app = Server(("Store:DataFolder", _folder.Path)))
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            Assert.True(File.Exists(_folder.Database));
            var store = app.Services.GetRequiredService<IResourceStore>();
            Assert.Same(store, app.Services.GetRequiredService<IAuditTrail>());
            await store.CommitAsync(StoreFolder.Prediction("r1", "k1"), TestContext.Current.CancellationToken);
        }

        // Closing the last connection folds the log into the database.
        Assert.False(File.Exists(_folder.Database + "-wal"));
    }

    [Fact]
    public async Task Server_does_not_start_on_a_damaged_store()
    {
        await File.WriteAllTextAsync(_folder.Database, "damaged", TestContext.Current.CancellationToken);
        await using var app = Server(("Store:DataFolder", _folder.Path));

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(_folder.Database, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Store:DataFolder", "")]
    [InlineData("Store:BusyTimeoutMilliseconds", "-1")]
    [InlineData("Store:MaxSizeMiB", "0")]
    [InlineData("Store:QueueCapacity", "0")]
    [InlineData("Store:ReadConnections", "0")]
    public async Task Server_does_not_start_with_an_option_out_of_bounds(string option, string value)
    {
        await using var app = Server(("Store:DataFolder", _folder.Path), (option, value));

        await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.False(File.Exists(_folder.Database));
    }

    private static WebApplication Server(params (string Key, string Value)[] configuration)
    {
        var builder = WebApplication.CreateSlimBuilder();
        foreach (var (key, value) in configuration)
            builder.Configuration[key] = value;
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Logging.ClearProviders();
        builder.Services.AddStore();
        return builder.Build();
    }
}
