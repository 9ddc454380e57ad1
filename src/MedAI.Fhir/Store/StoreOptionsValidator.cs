using Microsoft.Extensions.Options;
using Npgsql;

namespace MedAI.Fhir.Store;

/// <summary>Refuses a connection string that says not where the database is; it may hold a password, so nothing of it is repeated.</summary>
public sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            return ValidateOptionsResult.Success;
        try
        {
            var given = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            return string.IsNullOrEmpty(given.Host) || string.IsNullOrEmpty(given.Database)
                ? ValidateOptionsResult.Fail("Store:ConnectionString must name Host and Database.")
                : ValidateOptionsResult.Success;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            return ValidateOptionsResult.Fail("Store:ConnectionString is none that PostgreSQL's driver reads (Host=...;Database=...;Username=...;Password=...).");
        }
    }
}
