using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Links;

/// <summary>Makes the links of cards, so that they work for the clinician who clicks them.</summary>
/// <remarks>
/// A client with a SMART app gets a smart link that tells the app which result is meant. Another configured client gets a URL that opens this one result for a short while: its
/// last segment is encrypted and authenticated, and says nothing to anybody else. Without configured clients the result's own address is open anyway. Thread-safe.
/// </remarks>
public sealed class ResultLinks(PublicAddress address, IOptions<LinkOptions> options, IOptions<StoreOptions> store, TimeProvider time)
{
    public const string Path = "/results";

    private const int LongestToken = 1_024;

    /// <summary>Its keys lie beside the store, whose folder is closed to other users; a server that makes no link has none.</summary>
    private readonly Lazy<IDataProtector> _protector = new(() => DataProtectionProvider
        .Create(KeyFolder(store.Value.DataFolder), builder => builder.SetApplicationName("MedAI"))
        .CreateProtector("MedAI.Links.Result.v1"));

    /// <param name="facts">Who is shown the card.</param>
    /// <param name="reference">[ResourceType]/[id] of the result.</param>
    public CardLink For(RequestFacts facts, string label, string reference) => facts.Caller switch
    {
        null => new CardLink(label, $"{address.FhirBase}/{reference}", "absolute"),
        { SmartLaunchUrl: { } launch } => new CardLink(label, launch, "smart", reference),
        var caller => new CardLink(label, $"{address.Origin}{Path}/{Token(reference, caller.Name)}", "absolute"),
    };

    /// <summary>Opens a link.</summary>
    /// <param name="token">Last segment of its address.</param>
    /// <param name="opened">What it opens; null when it is not one of ours.</param>
    /// <param name="expired">True when it was one of ours and its time is over.</param>
    public bool TryOpen(string token, [NotNullWhen(true)] out OpenedLink? opened, out bool expired)
    {
        opened = null;
        expired = false;
        if (token.Length > LongestToken)
            return false;
        string[] parts;
        try
        {
            parts = _protector.Value.Unprotect(token).Split('|');
        }
        catch (CryptographicException)
        {
            return false;
        }
        var until = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[0], CultureInfo.InvariantCulture));
        expired = until <= time.GetUtcNow();
        if (expired)
            return false;
        string[] reference = parts[2].Split('/');
        opened = new OpenedLink(parts[1], reference[0], reference[1]);
        return true;
    }

    private static DirectoryInfo KeyFolder(string dataFolder)
    {
        string folder = System.IO.Path.Combine(dataFolder, "link-keys");
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder)
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Token(string reference, string client) =>
        _protector.Value.Protect(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().AddMinutes(options.Value.LifeMinutes).ToUnixTimeSeconds()}|{client}|{reference}"));
}

/// <param name="Client">To whom the card with the link was given.</param>
public sealed record OpenedLink(string Client, string Type, string Id);
