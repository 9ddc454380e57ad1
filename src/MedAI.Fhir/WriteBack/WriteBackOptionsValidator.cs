using MedAI.Fhir.Sources.Upstream;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>Refuses a write-back that has no place to go, before the server starts.</summary>
public sealed class WriteBackOptionsValidator(IConfiguration configuration) : IValidateOptions<WriteBackOptions>
{
    public ValidateOptionsResult Validate(string? name, WriteBackOptions options)
    {
        if (!Enum.IsDefined(options.Mode))
            return ValidateOptionsResult.Fail($"{WriteBackOptions.Section}:Mode must be one of {string.Join(", ", Enum.GetNames<WriteBackMode>())}.");
        return options.Mode != WriteBackMode.Off && string.IsNullOrEmpty(configuration[$"{UpstreamOptions.Section}:Base"])
            ? ValidateOptionsResult.Fail($"{WriteBackOptions.Section}:Mode needs {UpstreamOptions.Section}:Base: only results of that server's patients are written back.")
            : ValidateOptionsResult.Success;
    }
}
