using MedAI.Fhir.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Links;

/// <summary>Adds links that open a single result. Their keys lie beside the store, whose folder is closed to other users.</summary>
public static class LinkServices
{
    public static IServiceCollection AddLinks(this IServiceCollection services)
    {
        services.AddOptions<LinkOptions>().BindConfiguration(LinkOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddDataProtection().SetApplicationName("MedAI");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<StoreOptions>, ILoggerFactory>((keys, store, log) =>
            keys.XmlRepository = new FileSystemXmlRepository(Folder(store.Value.DataFolder), log));
        // That keys lie there in the clear is meant: so does the store.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddSingleton<ResultLinks>();
        return services;
    }

    private static DirectoryInfo Folder(string dataFolder)
    {
        const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string keys = Path.Combine(dataFolder, "link-keys");
        if (OperatingSystem.IsWindows())
            return Directory.CreateDirectory(keys);
        Directory.CreateDirectory(dataFolder, Closed);
        return Directory.CreateDirectory(keys, Closed);
    }
}
