using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Samples.Stays;
using MedAI.Testing;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Benchmarks;

/// <summary>The least that any server must do for a hook: parse the body, and run the model on the same rows, those of the explanation included.</summary>
internal sealed class Floor : IDisposable
{
    private readonly AssessableModel _model;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    public Floor(AssessableModel model)
    {
        _model = model;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        _session = new InferenceSession(model.Model.Package.ModelBytes.ToArray(), options);
        _inputs = [.. model.Manifest.Tensors.Inputs.Select(t => t.Name)];
        _outputs = [.. model.Manifest.Tensors.Outputs.Select(t => t.Name)];
    }

    /// <summary>What the reader is asked to read for one body.</summary>
    public static ReadingRequest Reading(JsonElement hook, string patient)
    {
        var documents = new List<ClinicalDocument>();
        foreach (var member in hook.GetProperty("prefetch").EnumerateObject())
            documents.Add(new ClinicalDocument("prefetch." + member.Name, member.Value));
        return new ReadingRequest
        {
            Documents = documents,
            Patient = new PatientKey("default", FullStayHooks.FhirBase, patient),
            EncounterId = hook.GetProperty("context").GetProperty("encounterId").GetString(),
            AsOf = SampleStays.AsOf,
        };
    }

    /// <summary>What the reader makes of one body.</summary>
    public PatientTimeline Timeline(byte[] body, string patient)
    {
        using var document = JsonDocument.Parse(body);
        var read = _model.Reader.Read(Reading(document.RootElement, patient));
        return read.Timeline ?? throw new InvalidDataException("The stay cannot be read: " + string.Join("; ", read.Problems));
    }

    /// <summary>The rows of one body, ready to run; made outside of what is timed.</summary>
    public OrtValue[] Rows(byte[] body, string patient)
    {
        using var input = _model.Model.Prepare(Timeline(body, patient));
        var grid = input.Grid ?? throw new InvalidDataException("The model abstains from the stay.");
        var plan = OcclusionPlan.Create(_model.Manifest, _model.Model.Variables, grid);
        int rows = plan.Rows.Count;
        var tensors = new float[_inputs.Length][];
        var lengths = new int[_inputs.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            lengths[i] = _model.Manifest.Tensors.Inputs[i].Role == "statics" ? grid.Statics.Length : grid.Steps * grid.Series;
            tensors[i] = new float[rows * lengths[i]];
        }
        Span<float> Row(string role, int row)
        {
            for (int i = 0; i < tensors.Length; i++)
            {
                if (_model.Manifest.Tensors.Inputs[i].Role == role)
                    return tensors[i].AsSpan(row * lengths[i], lengths[i]);
            }
            return [];
        }
        for (int row = 0; row < rows; row++)
            plan.WriteRow(row, Row("values", row), Row("observed", row), Row("hours-since", row), Row("statics", row));
        return [.. tensors.Select((t, i) => OrtValue.CreateTensorValueFromMemory(t,
            _model.Manifest.Tensors.Inputs[i].Role == "statics" ? [rows, grid.Statics.Length] : [rows, grid.Steps, grid.Series]))];
    }

    public static int Parse(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetPropertyCount();
    }

    public int Run(OrtValue[] rows)
    {
        using var outputs = _session.Run(_options, _inputs, rows, _outputs);
        return outputs.Count;
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }
}
