using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Reads procedures that are lasting states, such as mechanical ventilation.</summary>
internal sealed class ProcedureReader(ReadingSession session)
{
    public void Read(in SourceEntry entry)
    {
        JsonElement code = default, status = default, dateTime = default, period = default;
        foreach (var member in entry.Resource.EnumerateObject())
        {
            var name = FhirJson.Name(member);
            if (name.SequenceEqual("code"u8))
                code = member.Value;
            else if (name.SequenceEqual("status"u8))
                status = member.Value;
            else if (name.SequenceEqual("performedDateTime"u8))
                dateTime = member.Value;
            else if (name.SequenceEqual("performedPeriod"u8))
                period = member.Value;
        }
        if (FindState(code) is not { } state)
        {
            session.Builder.CountUnused();
            return;
        }
        var source = session.SourceOf(entry);
        if (entry.State == VersionState.Superseded)
        {
            session.Builder.Reject(new Rejection(state.Id, source, RejectionReason.SupersededVersion));
            return;
        }
        bool running = FhirJson.Is(status, "in-progress"u8);
        if (!running && !FhirJson.Is(status, "completed"u8))
        {
            session.Builder.Reject(new Rejection(state.Id, source,
                FhirJson.Is(status, "entered-in-error"u8) ? RejectionReason.EnteredInError : RejectionReason.UnusableStatus));
            return;
        }

        var time = period.ValueKind == JsonValueKind.Object ? EffectiveTime.OfPeriod(period) : EffectiveTime.OfInstant(dateTime);
        if (time.Start is not { } start || (time.At is null && !time.IsOpen))
        {
            var startElement = period.ValueKind == JsonValueKind.Object ? FhirJson.Member(period, "start"u8) : dateTime;
            var precision = FhirTime.Parse(startElement, out _);
            var reason = precision == TimePrecision.Instant ? time.Reason
                : precision == TimePrecision.None ? RejectionReason.NoTime
                : RejectionReason.DayPrecisionOnly;
            session.Builder.Reject(new Rejection(state.Id, source, reason));
            return;
        }
        // Running: no end yet. Completed without a stated end: it certainly held when it started, and nobody knows how long.
        DateTimeOffset? end = time.IsPeriod && time.At is { } stated ? stated : running ? null : start;
        session.Builder.AddState(state, start, end, source);
    }

    private ModelVariable? FindState(JsonElement code)
    {
        foreach (var coding in FhirJson.Codings(code))
        {
            var (system, value) = FhirJson.Coding(coding);
            if (session.Variables.FindProcedure(FhirJson.Text(system), FhirJson.Text(value)) is { } state)
                return state;
        }
        foreach (var coding in FhirJson.Codings(code))
        {
            var (system, value) = FhirJson.Coding(coding);
            foreach (var target in session.Maps.Search(FhirJson.Text(system), FhirJson.Text(value)))
            {
                if (session.Variables.FindProcedure(target.SystemUtf8, target.CodeUtf8) is { } state)
                    return state;
            }
        }
        return null;
    }
}
