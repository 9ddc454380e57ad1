using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Reads Observations, their components and their sampled data into raw values.</summary>
/// <remarks>The hot path: one pass over the members, no strings but units, versions and references. One per request.</remarks>
internal sealed class ObservationReader(ReadingSession session)
{
    private const string OrdinalValueUrl = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
    private const string ItemWeightUrl = "http://hl7.org/fhir/StructureDefinition/itemWeight";

    private readonly ObservationCodes _codes = new(session.Variables, session.Maps);
    private readonly PatientTimelineBuilder _builder = session.Builder;
    private int _samples;

    private enum ValueKind
    {
        None,
        Quantity,
        Integer,
        Boolean,
        CodeableConcept,
        SampledData,
        Other,
    }

    public void Read(in SourceEntry entry)
    {
        var observation = new Members(entry.Resource);
        var codes = _codes.Find(observation.Code, out bool mapped, out var context);
        var components = observation.Component.ValueKind == JsonValueKind.Array ? observation.Component : default;
        if (components.ValueKind == JsonValueKind.Array && components.GetArrayLength() > session.Limits.MaxComponents)
        {
            session.Problems.Add(ReadingProblemKind.TooLarge, entry.Path, $"more than {session.Limits.MaxComponents} components");
            return;
        }

        var refusal = RefusalOf(entry, observation, out string? detail);
        var value = default(Value);
        bool known = codes.Count > 0;
        if (known)
        {
            Prepare(ref value, entry, observation);
            value.Codes = codes;
            value.Context |= context;
            value.Flags = mapped ? MeasurementFlags.Mapped : MeasurementFlags.None;
            bool panel = components.ValueKind == JsonValueKind.Array || observation.HasMembers;
            if (refusal is { } reason)
                Reject(value, reason, detail);
            else if (observation.Kind != ValueKind.None || observation.DataAbsent.ValueKind != JsonValueKind.Undefined || !panel)
                Add(value, observation.Kind, observation.Value, observation.DataAbsent);
        }
        foreach (var component in FhirJson.Items(components))
        {
            var part = new Members(component);
            var partCodes = _codes.Find(part.Code, out bool partMapped, out var partContext);
            if (partCodes.Count == 0)
                continue;
            if (!known)
            {
                Prepare(ref value, entry, observation);
                known = true;
            }
            var partValue = value;
            partValue.Codes = partCodes;
            partValue.Context = (value.Context & ~MeasurementContext.PulseOximetryCoding) | partContext;
            partValue.Flags = partMapped ? MeasurementFlags.Mapped : MeasurementFlags.None;
            if (refusal is { } reason)
                Reject(partValue, reason, detail);
            else
                Add(partValue, part.Kind, part.Value, part.DataAbsent);
        }
        if (!known)
            _builder.CountUnused();
    }

    /// <summary>Id of a Specimen of the patient's server that decides what a value means and is not in the data; null where there is none.</summary>
    public string? MissingSpecimen(in SourceEntry entry)
    {
        var observation = new Members(entry.Resource);
        var local = session.Local(ResourceKind.Specimen, FhirJson.Text(FhirJson.Member(observation.Specimen, "reference"u8)), entry.OwnBase);
        if (local.IsEmpty || session.Find(ResourceKind.Specimen, observation.Specimen, entry) >= 0 || RefusalOf(entry, observation, out _) is not null)
            return null;
        bool matters = DependsOnSpecimen(observation.Code);
        foreach (var component in FhirJson.Items(observation.Component))
            matters |= DependsOnSpecimen(FhirJson.Member(component, "code"u8));
        return matters && Encoding.UTF8.GetString(local) is var id && FhirId.IsValid(id) ? id : null;
    }

    private bool DependsOnSpecimen(JsonElement concept)
    {
        foreach (var code in _codes.Find(concept, out _, out _))
        {
            if (code.DependsOnSpecimen)
                return true;
        }
        return false;
    }

    /// <summary>Why nothing of the resource may be used; null when it may.</summary>
    private RejectionReason? RefusalOf(in SourceEntry entry, in Members observation, out string? detail)
    {
        detail = null;
        if (entry.State == VersionState.Superseded)
            return RejectionReason.SupersededVersion;
        var status = FhirJson.Text(observation.Status);
        if (!status.SequenceEqual("final"u8) && !status.SequenceEqual("amended"u8) && !status.SequenceEqual("corrected"u8)
            && !(status.SequenceEqual("preliminary"u8) && session.Request.AcceptPreliminary))
            return status.SequenceEqual("entered-in-error"u8) ? RejectionReason.EnteredInError : RejectionReason.UnusableStatus;
        if (observation.HasFocus)
        {
            // The record is the patient's, the value is somebody else's: a fetus, a donor, a parent.
            detail = "focus";
            return RejectionReason.ForeignSubject;
        }
        return null;
    }

    private void Prepare(ref Value value, in SourceEntry entry, in Members observation)
    {
        value.Source = session.SourceOf(entry);
        value.Issued = FhirTime.Instant(observation.Issued);
        value.Time = observation.EffectiveAs switch
        {
            EffectiveKind.Instant => EffectiveTime.OfInstant(observation.Effective),
            EffectiveKind.Period => EffectiveTime.OfPeriod(observation.Effective),
            EffectiveKind.Timing => EffectiveTime.OfTiming(),
            _ => EffectiveTime.OfIssued(value.Issued),
        };
        value.Context = MeasurementContexts.OfCategory(observation.Category);
        if (observation.Method.ValueKind != JsonValueKind.Undefined)
            value.Context |= MeasurementContexts.OfMethod(observation.Method);
        // The site speaks only where the method is silent.
        if (observation.BodySite.ValueKind != JsonValueKind.Undefined && (value.Context & (MeasurementContext.InvasiveMethod | MeasurementContext.CuffMethod)) == 0)
            value.Context |= MeasurementContexts.OfMethod(observation.BodySite);
        if (observation.Specimen.ValueKind == JsonValueKind.Object)
        {
            var specimen = session.Resolve(ResourceKind.Specimen, observation.Specimen, entry);
            value.Context |= specimen.ValueKind == JsonValueKind.Undefined ? MeasurementContext.SpecimenUnknown : MeasurementContexts.OfSpecimen(FhirJson.Member(specimen, "type"u8));
        }
    }

    private void Add(in Value value, ValueKind kind, JsonElement element, JsonElement absent)
    {
        if (kind == ValueKind.None)
        {
            if (absent.ValueKind == JsonValueKind.Undefined)
                Reject(value, RejectionReason.DataAbsent, "no value");
            else if (IsPart(value) && IsNotTestable(absent))
                AddNumber(value, 0, notTestable: true);
            else
                Reject(value, RejectionReason.DataAbsent);
            return;
        }
        if (value.Codes[0].Variable.IsState)
        {
            AddState(value, kind, element);
            return;
        }
        switch (kind)
        {
            case ValueKind.Quantity:
                AddQuantity(value, element);
                break;
            case ValueKind.Integer when FhirJson.TryNumber(element, out double number):
                AddNumber(value, number);
                break;
            case ValueKind.CodeableConcept:
                AddAnswer(value, element);
                break;
            case ValueKind.SampledData:
                AddSamples(value, element);
                break;
            default:
                Reject(value, RejectionReason.NotNumeric);
                break;
        }
    }

    private void AddQuantity(in Value value, JsonElement element)
    {
        var quantity = new Quantity(element);
        if (quantity.Value.ValueKind == JsonValueKind.Undefined)
        {
            Reject(value, RejectionReason.DataAbsent, "no value");
            return;
        }
        if (!FhirJson.TryNumber(quantity.Value, out double number))
        {
            Reject(value, RejectionReason.NotNumeric);
            return;
        }
        var bounded = value;
        if (quantity.Comparator.ValueKind != JsonValueKind.Undefined)
        {
            var comparator = FhirJson.Text(quantity.Comparator);
            if (!comparator.SequenceEqual("<"u8) && !comparator.SequenceEqual(">"u8) && !comparator.SequenceEqual("<="u8) && !comparator.SequenceEqual(">="u8))
            {
                Reject(value, RejectionReason.UnusableComparator);
                return;
            }
            bounded.Flags |= MeasurementFlags.Comparator;
        }
        SetUnit(ref bounded, quantity);
        AddNumber(bounded, number);
    }

    /// <summary>A coded answer with points: its ordinal value, or the LOINC answers of the Glasgow score.</summary>
    private void AddAnswer(in Value value, JsonElement concept)
    {
        if (IsPart(value) && IsNotTestable(concept))
        {
            AddNumber(value, 0, notTestable: true);
            return;
        }
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (system, code) = FhirJson.Coding(coding);
            double points = OrdinalOf(coding);
            if (double.IsNaN(points) && CodeSystems.IsLoinc(FhirJson.Text(system)))
                points = GlasgowAnswers.Points(value.Codes[0].Code, FhirJson.Text(code)) is > 0 and var known ? known : double.NaN;
            if (!double.IsNaN(points))
            {
                // Points have no unit; the score's own is meant.
                var scored = value;
                scored.UnitSystem = CodeSystems.Ucum;
                scored.UnitCode = value.Codes[0].Variable.Unit;
                AddNumber(scored, points);
                return;
            }
        }
        Reject(value, RejectionReason.NotNumeric);
    }

    private static double OrdinalOf(JsonElement coding)
    {
        foreach (var extension in FhirJson.Items(FhirJson.Member(coding, "extension"u8)))
        {
            var url = FhirJson.String(FhirJson.Member(extension, "url"u8));
            if (url is OrdinalValueUrl or ItemWeightUrl && FhirJson.TryNumber(FhirJson.Member(extension, "valueDecimal"u8), out double points))
                return points;
        }
        return double.NaN;
    }

    /// <summary>Anything that a ventilator reports means that it is in use, but an explicit no or zero.</summary>
    private void AddState(in Value value, ValueKind kind, JsonElement element)
    {
        double on = 1;
        if (kind == ValueKind.Boolean && element.ValueKind == JsonValueKind.False)
            on = 0;
        else if (kind == ValueKind.Quantity && FhirJson.TryNumber(FhirJson.Member(element, "value"u8), out double quantity) && quantity <= 0)
            on = 0;
        else if (kind == ValueKind.Integer && FhirJson.TryNumber(element, out double number) && number <= 0)
            on = 0;
        if (on > 0 && value.Time.IsPeriod && value.Time.Start is { } start && (value.Time.At is not null || value.Time.IsOpen))
            _builder.AddState(value.Codes[0].Variable, start, value.Time.At, value.Source);
        else
            AddNumber(value, on);
    }

    private void AddSamples(in Value value, JsonElement sampled)
    {
        var origin = new Quantity(FhirJson.Member(sampled, "origin"u8));
        if (!FhirJson.TryNumber(origin.Value, out double zero)
            || !FhirJson.TryNumber(FhirJson.Member(sampled, "period"u8), out double milliseconds) || milliseconds <= 0
            || !FhirJson.TryNumber(FhirJson.Member(sampled, "dimensions"u8), out double dimensions) || dimensions != 1)
        {
            Reject(value, RejectionReason.NotNumeric, "sampled data");
            return;
        }
        double factor = 1;
        var factorElement = FhirJson.Member(sampled, "factor"u8);
        if (factorElement.ValueKind != JsonValueKind.Undefined && !FhirJson.TryNumber(factorElement, out factor))
        {
            Reject(value, RejectionReason.NotNumeric, "sampled data");
            return;
        }
        if (value.Time.Start is not { } start)
        {
            Reject(value, value.Time.At is null ? value.Time.Reason : RejectionReason.NoTime);
            return;
        }

        var sample = value;
        SetUnit(ref sample, origin);
        var data = FhirJson.Text(FhirJson.Member(sampled, "data"u8));
        int position = 0;
        foreach (var range in data.SplitAny(" \t\r\n"u8))
        {
            var token = data[range];
            if (token.IsEmpty)
                continue;
            if (position >= session.Limits.MaxSamples || ++_samples > session.Limits.MaxSamplesTotal)
            {
                Reject(value, RejectionReason.NotComparable, "too many samples");
                return;
            }
            double offset = position++ * milliseconds;
            // E: error, L and U: beyond what the device can measure.
            if (token.SequenceEqual("E"u8) || token.SequenceEqual("L"u8) || token.SequenceEqual("U"u8))
                continue;
            if (!Utf8Parser.TryParse(token, out double number, out int read) || read != token.Length)
            {
                Reject(value, RejectionReason.NotNumeric, "sampled data");
                continue;
            }
            if (offset > (DateTime.MaxValue - start.UtcDateTime).TotalMilliseconds - TimeSpan.MillisecondsPerDay)
            {
                Reject(value, RejectionReason.NoTime, "sampled data");
                return;
            }
            AddNumberAt(sample, zero + number * factor, start.AddMilliseconds(offset), MeasurementFlags.None, notTestable: false);
        }
    }

    private void AddNumber(in Value value, double number, bool notTestable = false)
    {
        if (value.Time.At is { } at)
            AddNumberAt(value, number, at, value.Time.Flags, notTestable);
        else
            Reject(value, value.Time.Reason);
    }

    private void AddNumberAt(in Value value, double number, DateTimeOffset at, MeasurementFlags timeFlags, bool notTestable) => _builder.Add(new RawMeasurement
    {
        Codes = value.Codes,
        Value = number,
        UnitSystem = value.UnitSystem,
        UnitCode = value.UnitCode,
        UnitText = value.UnitText,
        Effective = at,
        Available = value.Issued,
        Flags = value.Flags | timeFlags,
        Context = value.Context,
        NotTestable = notTestable,
        Source = value.Source,
    });

    private void SetUnit(ref Value value, in Quantity quantity)
    {
        var system = FhirJson.Text(quantity.System);
        var code = FhirJson.Text(quantity.Code);
        value.UnitText = session.Words.Get(FhirJson.Text(quantity.Unit));
        if (!system.IsEmpty && !CodeSystems.IsUcum(system))
        {
            foreach (var target in session.Maps.Search(system, code))
            {
                if (target.System == CodeSystems.Ucum)
                {
                    value.UnitSystem = CodeSystems.Ucum;
                    value.UnitCode = target.Code;
                    value.Flags |= MeasurementFlags.Mapped;
                    return;
                }
            }
        }
        value.UnitSystem = session.Words.Get(system);
        value.UnitCode = session.Words.Get(code);
    }

    private void Reject(in Value value, RejectionReason reason, string? detail = null) =>
        _builder.Reject(value.Codes, value.Context, value.Source, reason, detail);

    private static bool IsPart(in Value value) => value.Codes[0].PartIndex >= 0;

    /// <summary>A part of a score that the patient's state or a tube keeps from being tested.</summary>
    private static bool IsNotTestable(JsonElement concept)
    {
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (_, code) = FhirJson.Coding(coding);
            var text = FhirJson.Text(code);
            if (text.SequenceEqual("NT"u8) || text.SequenceEqual("not-applicable"u8) || SaysNotTestable(FhirJson.Text(FhirJson.Member(coding, "display"u8))))
                return true;
        }
        return SaysNotTestable(FhirJson.Text(FhirJson.Member(concept, "text"u8)));
    }

    private static bool SaysNotTestable(ReadOnlySpan<byte> text) =>
        text.Length <= 200
        && (MeasurementContexts.Holds(text, "not testable"u8) || MeasurementContexts.Holds(text, "untestable"u8) || MeasurementContexts.Holds(text, "intubated"u8));

    private enum EffectiveKind
    {
        None,
        Instant,
        Period,
        Timing,
    }

    /// <summary>What all values of one Observation share, and one value's meaning.</summary>
    private struct Value
    {
        public IReadOnlyList<ModelCode> Codes;
        public SourceReference Source;
        public EffectiveTime Time;
        public DateTimeOffset? Issued;
        public MeasurementContext Context;
        public MeasurementFlags Flags;
        public string? UnitSystem;
        public string? UnitCode;
        public string? UnitText;
    }

    /// <summary>Members of an Observation or a component, found in one pass.</summary>
    private readonly ref struct Members
    {
        public readonly JsonElement Status, Code, Category, Effective, Issued, Value, DataAbsent, Component, BodySite, Method, Specimen;
        public readonly ValueKind Kind;
        public readonly EffectiveKind EffectiveAs;
        public readonly bool HasFocus, HasMembers;

        public Members(JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Object)
                return;
            foreach (var member in element.EnumerateObject())
            {
                var name = FhirJson.Name(member);
                if (name.IsEmpty)
                    continue;
                switch (name[0])
                {
                    case (byte)'s' when name.SequenceEqual("status"u8):
                        Status = member.Value;
                        break;
                    case (byte)'s' when name.SequenceEqual("specimen"u8):
                        Specimen = member.Value;
                        break;
                    case (byte)'c' when name.SequenceEqual("code"u8):
                        Code = member.Value;
                        break;
                    case (byte)'c' when name.SequenceEqual("category"u8):
                        Category = member.Value;
                        break;
                    case (byte)'c' when name.SequenceEqual("component"u8):
                        Component = member.Value;
                        break;
                    case (byte)'e' when name.StartsWith("effective"u8):
                        Effective = member.Value;
                        EffectiveAs = name.SequenceEqual("effectiveDateTime"u8) || name.SequenceEqual("effectiveInstant"u8) ? EffectiveKind.Instant
                            : name.SequenceEqual("effectivePeriod"u8) ? EffectiveKind.Period
                            : EffectiveKind.Timing;
                        break;
                    case (byte)'i' when name.SequenceEqual("issued"u8):
                        Issued = member.Value;
                        break;
                    case (byte)'v' when name.StartsWith("value"u8):
                        Value = member.Value;
                        Kind = KindOf(name["value"u8.Length..]);
                        break;
                    case (byte)'d' when name.SequenceEqual("dataAbsentReason"u8):
                        DataAbsent = member.Value;
                        break;
                    case (byte)'b' when name.SequenceEqual("bodySite"u8):
                        BodySite = member.Value;
                        break;
                    case (byte)'m' when name.SequenceEqual("method"u8):
                        Method = member.Value;
                        break;
                    case (byte)'f' when name.SequenceEqual("focus"u8):
                        HasFocus = member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() > 0;
                        break;
                    case (byte)'h' when name.SequenceEqual("hasMember"u8):
                        HasMembers = true;
                        break;
                }
            }
        }

        private static ValueKind KindOf(ReadOnlySpan<byte> type) =>
            type.SequenceEqual("Quantity"u8) ? ValueKind.Quantity
            : type.SequenceEqual("CodeableConcept"u8) ? ValueKind.CodeableConcept
            : type.SequenceEqual("Integer"u8) || type.SequenceEqual("Decimal"u8) ? ValueKind.Integer
            : type.SequenceEqual("Boolean"u8) ? ValueKind.Boolean
            : type.SequenceEqual("SampledData"u8) ? ValueKind.SampledData
            : ValueKind.Other;
    }

    private readonly ref struct Quantity
    {
        public readonly JsonElement Value, Comparator, Unit, System, Code;

        public Quantity(JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Object)
                return;
            foreach (var member in element.EnumerateObject())
            {
                var name = FhirJson.Name(member);
                if (name.SequenceEqual("value"u8))
                    Value = member.Value;
                else if (name.SequenceEqual("unit"u8))
                    Unit = member.Value;
                else if (name.SequenceEqual("system"u8))
                    System = member.Value;
                else if (name.SequenceEqual("code"u8))
                    Code = member.Value;
                else if (name.SequenceEqual("comparator"u8))
                    Comparator = member.Value;
            }
        }
    }
}
