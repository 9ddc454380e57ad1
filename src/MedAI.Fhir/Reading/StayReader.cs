using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Finds the current ICU stay, which gives the model its time zero.</summary>
/// <remarks>
/// A stay is a run of periods in ICU locations of one encounter and the encounters that it is part of or has as parts. Periods no further
/// apart than <see cref="TransferGap"/> are one stay whose ICU type is that of the first. Only where no location says so, the period of an
/// encounter with an ICU type or service type counts. Class alone never does: an inpatient is not an ICU patient.
/// <para>Everything is seen as of as-of: an end that lies later has not happened, a later start neither. A stay that ended gives none, but for a
/// stay whose encounter ended too: that is told apart, because the reason to abstain is another.</para>
/// </remarks>
internal sealed class StayReader(ReadingSession session, ISet<string> remarks)
{
    /// <summary>A transfer between two ICUs may leave the record empty for this long without ending the stay.</summary>
    public static readonly TimeSpan TransferGap = TimeSpan.FromMinutes(60);

    /// <summary>Encounters are parts of encounters two or three levels deep; a longer chain is a loop.</summary>
    private const int DeepestEncounter = 10;

    private readonly IcuPlaces _places = new(session);
    private readonly List<Encounter> _encounters = [];

    public CareStay? Read()
    {
        for (int i = 0; i < session.Entries.Count; i++)
        {
            ref var entry = ref session.Entries[i];
            if (entry is { Kind: ResourceKind.Encounter, State: VersionState.Current })
                _encounters.Add(ReadEncounter(i, entry));
        }
        if (_encounters.Count == 0)
        {
            remarks.Add(session.Request.EncounterId is null ? ReadingRemarks.EncounterMissing : ReadingRemarks.EncounterNotFound);
            return null;
        }
        Link();
        var eligible = _encounters;
        if (session.Request.EncounterId is { } id)
        {
            var context = _encounters.Find(e => e.Id == id);
            if (context is null)
            {
                remarks.Add(ReadingRemarks.EncounterNotFound);
                return null;
            }
            eligible = _encounters.FindAll(e => e.IsOrIsPartOf(context) || context.IsOrIsPartOf(e));
        }
        var stays = eligible.GroupBy(e => e.Root).SelectMany(StaysOf).ToList();
        if (stays.Count == 0)
        {
            remarks.Add(ReadingRemarks.IcuStayUnknown);
            return null;
        }
        return Choose(stays);
    }

    private CareStay? Choose(List<Stay> stays)
    {
        var current = stays.Where(s => s.End is null || s.End > session.AsOf).OrderByDescending(s => s.Start).ThenBy(s => s.Last.Encounter.Entry).ToList();
        if (current.Count > 0)
        {
            if (current.Count > 1)
                remarks.Add(ReadingRemarks.SeveralStays);
            var stay = current[0];
            return Make(stay, null, stay.Last.Encounter.Chain().Any(e => e.Ended));
        }
        var last = stays.OrderByDescending(s => s.End).ThenBy(s => s.Last.Encounter.Entry).First();
        if (last.Last.Encounter.Root.Ended)
            return Make(last, last.End, encounterEnded: true);
        remarks.Add(ReadingRemarks.IcuStayEnded);
        return null;
    }

    private CareStay Make(Stay stay, DateTimeOffset? end, bool encounterEnded)
    {
        if (stay.First.FromEncounter)
            remarks.Add(ReadingRemarks.TimeZeroFromEncounter);
        return new CareStay(stay.Start, end, stay.First.Type, encounterEnded, session.SourceOf(session.Entries[stay.Last.Encounter.Entry]));
    }

    /// <summary>Joins one chain's periods; only what had begun at as-of.</summary>
    private IEnumerable<Stay> StaysOf(IEnumerable<Encounter> chain)
    {
        var all = chain.SelectMany(e => e.Periods).ToList();
        var periods = all.Exists(p => !p.FromEncounter) ? all.FindAll(p => !p.FromEncounter) : all;
        Stay? stay = null;
        foreach (var period in periods.Where(p => p.Start <= session.AsOf).OrderBy(p => p.Start).ThenBy(p => p.Type).ThenBy(p => p.Encounter.Entry))
        {
            if (stay is not null && (stay.End is not { } end || period.Start - end <= TransferGap))
            {
                stay = stay with { End = stay.End is null || period.End is null ? null : period.End > stay.End ? period.End : stay.End, Last = period };
                continue;
            }
            if (stay is not null)
                yield return stay;
            stay = new Stay(period.Start, period.End, period, period);
        }
        if (stay is not null)
            yield return stay;
    }

    private void Link()
    {
        foreach (var encounter in _encounters)
        {
            ref var entry = ref session.Entries[encounter.Entry];
            int parent = session.Find(ResourceKind.Encounter, FhirJson.Member(entry.Resource, "partOf"u8), entry);
            if (parent >= 0 && parent != encounter.Entry)
                encounter.Parent = _encounters.Find(e => e.Entry == parent);
        }
        foreach (var encounter in _encounters)
            encounter.Root = encounter.Chain().Last();
    }

    private Encounter ReadEncounter(int index, in SourceEntry entry)
    {
        var resource = entry.Resource;
        var status = FhirJson.Text(FhirJson.Member(resource, "status"u8));
        var period = FhirJson.Member(resource, "period"u8);
        var end = EndOf(period);
        var encounter = new Encounter
        {
            Entry = index,
            Id = entry.OwnBase ? FhirJson.String(entry.Id) : null,
            // Finished with an end after as-of was not finished as of as-of.
            Ended = status.SequenceEqual("cancelled"u8) || status.SequenceEqual("entered-in-error"u8)
                || (end is { } known ? known <= session.AsOf + session.Request.ClockTolerance : status.SequenceEqual("finished"u8)),
        };
        if (status.SequenceEqual("planned"u8))
            return encounter;

        var places = FhirJson.Member(resource, "location"u8);
        foreach (var place in FhirJson.Items(places))
            ReadPlace(encounter, place, places, entry, period, end);
        if (encounter.Periods.Count == 0)
        {
            var type = _places.OfConcepts(FhirJson.Member(resource, "type"u8));
            if (type == IcuType.Unknown)
                type = _places.OfConcept(FhirJson.Member(resource, "serviceType"u8));
            if (type != IcuType.Unknown)
                AddPeriod(encounter, FhirJson.Member(period, "start"u8), end, type, fromEncounter: true);
        }
        return encounter;
    }

    private void ReadPlace(Encounter encounter, JsonElement place, JsonElement places, in SourceEntry entry, JsonElement encounterPeriod, DateTimeOffset? encounterEnd)
    {
        var status = FhirJson.Text(FhirJson.Member(place, "status"u8));
        if (status.SequenceEqual("planned"u8) || status.SequenceEqual("reserved"u8))
            return;
        var type = _places.OfLocation(FhirJson.Member(place, "location"u8), entry);
        if (type == IcuType.Unknown)
            return;
        var period = FhirJson.Member(place, "period"u8);
        if (period.ValueKind != JsonValueKind.Object)
        {
            // The place is known, its time only as the encounter's.
            AddPeriod(encounter, FhirJson.Member(encounterPeriod, "start"u8), encounterEnd, type, fromEncounter: true);
            return;
        }
        var end = EndOf(period) ?? encounterEnd;
        if (status.SequenceEqual("completed"u8) && EndOf(period) is null && FhirTime.Instant(FhirJson.Member(period, "start"u8)) is { } start)
        {
            // Over, and nobody wrote when: at the latest when the next place began. Without any hint it is not current.
            end = NextStart(places, start) ?? encounterEnd ?? start;
        }
        AddPeriod(encounter, FhirJson.Member(period, "start"u8), end, type, fromEncounter: false);
    }

    private void AddPeriod(Encounter encounter, JsonElement startElement, DateTimeOffset? end, IcuType type, bool fromEncounter)
    {
        if (FhirTime.Instant(startElement) is not { } start)
            remarks.Add(ReadingRemarks.StayStartImprecise);
        else if (end is null || end >= start)
            encounter.Periods.Add(new IcuPeriod(start, end, type, encounter, fromEncounter));
    }

    private static DateTimeOffset? NextStart(JsonElement places, DateTimeOffset after)
    {
        DateTimeOffset? next = null;
        foreach (var place in FhirJson.Items(places))
        {
            if (FhirTime.Instant(FhirJson.Member(FhirJson.Member(place, "period"u8), "start"u8)) is { } start && start > after && (next is null || start < next))
                next = start;
        }
        return next;
    }

    /// <summary>End of a period; a day ends with it.</summary>
    private static DateTimeOffset? EndOf(JsonElement period) =>
        FhirTime.Parse(FhirJson.Member(period, "end"u8), out var end) switch
        {
            TimePrecision.Instant => end,
            TimePrecision.Day => end.AddDays(1),
            _ => null,
        };

    private sealed record IcuPeriod(DateTimeOffset Start, DateTimeOffset? End, IcuType Type, Encounter Encounter, bool FromEncounter);

    private sealed record Stay(DateTimeOffset Start, DateTimeOffset? End, IcuPeriod First, IcuPeriod Last);

    private sealed class Encounter
    {
        public required int Entry { get; init; }

        public required string? Id { get; init; }

        public required bool Ended { get; init; }

        public List<IcuPeriod> Periods { get; } = [];

        public Encounter? Parent { get; set; }

        public Encounter Root { get; set; } = null!;

        /// <summary>This encounter and what it is part of, innermost first.</summary>
        public IEnumerable<Encounter> Chain()
        {
            int depth = 0;
            for (var encounter = this; encounter is not null && depth < DeepestEncounter; encounter = encounter.Parent, depth++)
                yield return encounter;
        }

        public bool IsOrIsPartOf(Encounter other) => Chain().Contains(other);
    }
}
