namespace MedAI.Fhir.Reading;

/// <summary>Loads the concept maps at start and says what could not be used.</summary>
internal static partial class LocalCodes
{
    public static ConceptMapTable Load(IServiceProvider provider)
    {
        var (table, problems) = ConceptMapTable.Load(provider.GetRequiredService<ContentFolders>().ConceptMaps);
        var log = provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(LocalCodes).FullName!);
        foreach (var problem in problems)
            LogProblem(log, problem.File, problem.Detail);
        LogLoaded(log, table.Count, table.Systems.Count);
        return table;
    }

    [LoggerMessage(2100, LogLevel.Warning, "Concept map {File} is not used: {Detail}")]
    private static partial void LogProblem(ILogger log, string file, string detail);

    [LoggerMessage(2101, LogLevel.Information, "{Codes} local codes of {Systems} systems are mapped")]
    private static partial void LogLoaded(ILogger log, int codes, int systems);
}
