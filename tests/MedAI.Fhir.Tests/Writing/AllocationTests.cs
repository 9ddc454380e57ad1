using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing;

/// <summary>A result with hundreds of inputs must not cost more memory than the budget of a hook call leaves for it.</summary>
public sealed class AllocationTests
{
    [Fact, Trait("promise", "M-64")]
    public void Writing_a_result_of_430_inputs_allocates_less_than_400_KB()
    {
        WritingExample example = WritingExample.Create();
        (Prediction prediction, PatientTimeline timeline) = example.Predict(Stay(example));
        for (int i = 0; i < 3; i++)
            Write();
        Assert.Equal(431, RiskAssessmentWriter.Compose(prediction, example.Manifest, timeline, example.Context).Basis.Count);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Runs = 10;
        for (int i = 0; i < Runs; i++)
            Write();
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes for RiskAssessment, Provenance and detail");
        Assert.InRange(bytes, 1, 400 * 1024);

        void Write()
        {
            RiskAssessmentWriter.Write(prediction, example.Manifest, timeline, example.Context);
            ProvenanceWriter.Write(prediction, example.Manifest, example.Context);
            ResultDetailWriter.Write(prediction, example.Manifest, timeline, example.Context);
        }
    }

    private static PatientTimeline Stay(WritingExample example)
    {
        var table = new VariableTable(example.Manifest);
        var builder = new PatientTimelineBuilder(table, WritingExample.AsOf)
        {
            Stay = new CareStay(WritingExample.TimeZero, null, IcuType.Medical, false, new SourceReference("Encounter/e", "1")),
        };
        for (int i = 0; i < 430; i++)
        {
            builder.Add(new RawMeasurement
            {
                Codes = table.FindCodes(TestManifest.Loinc, "8867-4"),
                Value = 80 + i % 40,
                UnitSystem = TestManifest.Ucum,
                UnitCode = "/min",
                Effective = WritingExample.TimeZero.AddMinutes(i * 3),
                Source = new SourceReference($"Observation/demo-02-{i:00000}", "1"),
            });
        }
        return builder.Build();
    }
}
