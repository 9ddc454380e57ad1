namespace MedAI.Fhir.Store.Jobs;

/// <summary>What happens to a job, in the transaction that it is part of. Closed.</summary>
public abstract record JobChange
{
    private JobChange()
    {
    }

    /// <summary>It was asked for.</summary>
    public sealed record Added(JobRow Row, JobRequest Request) : JobChange;

    /// <summary>A server begins it and has it for so long; nothing happens where another one has it.</summary>
    public sealed record Taken(string Id, string Holder, TimeSpan For) : JobChange;

    /// <summary>The server that has it has it for so long from now on.</summary>
    public sealed record Held(string Id, string Holder, TimeSpan For) : JobChange;

    /// <summary>It was not begun after all, because the server stops: whoever comes has it.</summary>
    public sealed record GivenBack(string Id, string Holder) : JobChange;

    /// <summary>It has a result. What was asked goes with the same row; a job that was removed meanwhile, or that another server has, stays as it is.</summary>
    public sealed record Ended(string Id, string Holder, ReadOnlyMemory<byte> Result, string Format, int Status, DateTimeOffset Expires) : JobChange;

    /// <summary>It has come from one position to the next, and wrote these pieces on the way. What has come on is no job that the server never survives.</summary>
    public sealed record Advanced(string Id, string Holder, int From, int To, IReadOnlyList<JobPart> Parts) : JobChange;

    /// <summary>Its owner wants it no more.</summary>
    public sealed record Removed(string Id) : JobChange;

    /// <summary>Everything goes whose time is over.</summary>
    public sealed record Expired(DateTimeOffset Now) : JobChange;
}
