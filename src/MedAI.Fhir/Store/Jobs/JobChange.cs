namespace MedAI.Fhir.Store.Jobs;

/// <summary>What happens to a job, in the transaction that it is part of. Closed.</summary>
public abstract record JobChange
{
    private JobChange()
    {
    }

    /// <summary>It was asked for.</summary>
    public sealed record Added(JobRow Row, JobRequest Request) : JobChange;

    /// <summary>It is begun, or was not begun after all because the server stops.</summary>
    public sealed record Begun(string Id, int Attempts) : JobChange;

    /// <summary>It has a result. What was asked goes with the same row; a job that was removed meanwhile stays away.</summary>
    public sealed record Ended(string Id, ReadOnlyMemory<byte> Result, string Format, int Status, DateTimeOffset Expires) : JobChange;

    /// <summary>It has come from one position to the next, and wrote these pieces on the way. What has come on is no job that the server never survives.</summary>
    public sealed record Advanced(string Id, int From, int To, IReadOnlyList<JobPart> Parts) : JobChange;

    /// <summary>Its owner wants it no more.</summary>
    public sealed record Removed(string Id) : JobChange;

    /// <summary>Everything goes whose time is over.</summary>
    public sealed record Expired(DateTimeOffset Now) : JobChange;
}
