using System.Text.Json;
using MedAI.Models.Packages;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MedAI.Models.Inference;

/// <summary>One ONNX Runtime session over verified bytes, whose tensors are the ones that the manifest declares.</summary>
/// <remarks>Sequential, without spinning, never from a file: the bytes that were hashed are the bytes that run. Run it from one thread at a time.</remarks>
internal sealed class ModelSession : IModelGraph
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _outputNames;
    private readonly int[] _outputRowLengths;

    private ModelSession(InferenceSession session, ModelManifest manifest, ExecutionProviderState provider)
    {
        _session = session;
        Provider = provider;
        _outputNames = [.. manifest.Tensors.Outputs.Select(t => t.Name)];
        _outputRowLengths = [.. manifest.Tensors.Outputs.Select(RowLength)];
    }

    public ExecutionProviderState Provider { get; }

    public IReadOnlyList<string> OutputNames => _outputNames;

    /// <summary>Opens a session and holds its tensors against the manifest.</summary>
    /// <returns>The session, or every problem found.</returns>
    public static (ModelSession? Session, IReadOnlyList<ManifestProblem> Problems) Open(ModelPackage package, InferenceOptions options) =>
        Open(package.ModelBytes, package.Manifest, options);

    internal static (ModelSession? Session, IReadOnlyList<ManifestProblem> Problems) Open(ReadOnlyMemory<byte> model, ModelManifest manifest, InferenceOptions options)
    {
        string file = manifest.Files.Model.Path;
        InferenceSession session;
        ExecutionProviderState provider;
        try
        {
            (session, provider) = Create(model.ToArray(), options);
        }
        catch (Exception e) when (e is OnnxRuntimeException or TypeInitializationException or DllNotFoundException)
        {
            return (null, [new ManifestProblem(file, $"ONNX Runtime {RuntimeVersion()} cannot load it.")]);
        }
        var problems = new ProblemList();
        CheckTensors(session.InputMetadata, manifest.Tensors.Inputs, "$.tensors.inputs", allowOthers: false, problems);
        CheckTensors(session.OutputMetadata, manifest.Tensors.Outputs, "$.tensors.outputs", allowOthers: true, problems);
        if (problems.Count == 0)
            return (new ModelSession(session, manifest, provider), []);
        session.Dispose();
        return (null, problems.ToList());
    }

    public float[][] Run(IReadOnlyList<string> names, IReadOnlyList<Memory<float>> tensors, IReadOnlyList<int[]> rowShapes, int rows)
    {
        var inputs = new OrtValue[tensors.Count];
        try
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                long[] shape = [rows, .. rowShapes[i].Select(d => (long)d)];
                inputs[i] = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, tensors[i], shape);
            }
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_runOptions, names as string[] ?? [.. names], inputs, _outputNames);
            var results = new float[outputs.Count][];
            for (int i = 0; i < results.Length; i++)
            {
                ReadOnlySpan<float> data = outputs[i].GetTensorDataAsSpan<float>();
                long[] shape = outputs[i].GetTensorTypeAndShape().Shape;
                int rowLength = _outputRowLengths[i] < 0 ? (rows == 0 ? 0 : data.Length / rows) : _outputRowLengths[i];
                if (shape.Length == 0 || shape[0] != rows || data.Length != rows * rowLength)
                    throw new OutputShapeException(_outputNames[i]);
                results[i] = data.ToArray();
            }
            return results;
        }
        finally
        {
            foreach (OrtValue? value in inputs)
                value?.Dispose();
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    private static (InferenceSession Session, ExecutionProviderState Provider) Create(byte[] model, InferenceOptions options)
    {
        if (options.ExecutionProvider == ExecutionProvider.Cuda)
        {
            string reason = "This build of ONNX Runtime has no CUDA provider, or its libraries are not installed.";
            using SessionOptions cuda = Options(options);
            if (TryAppendCuda(cuda, options.CudaDevice))
            {
                try
                {
                    return (new InferenceSession(model, cuda), new ExecutionProviderState(ExecutionProvider.Cuda, ExecutionProvider.Cuda, null));
                }
                catch (OnnxRuntimeException)
                {
                    // A driver or device fault; a fault of the model itself shows again below on the CPU.
                    reason = "The CUDA device could not open the model.";
                }
            }
            using SessionOptions cpu = Options(options);
            return (new InferenceSession(model, cpu), new ExecutionProviderState(ExecutionProvider.Cuda, ExecutionProvider.Cpu, reason));
        }
        using SessionOptions session = Options(options);
        return (new InferenceSession(model, session), new ExecutionProviderState(ExecutionProvider.Cpu, ExecutionProvider.Cpu, null));
    }

    private static SessionOptions Options(InferenceOptions options)
    {
        var session = new SessionOptions
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // The runtime's own log would name nodes and values on the console.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        // Never the runtime's own flatbuffer format, which our scan for external data does not read.
        session.AddSessionConfigEntry("session.load_model_format", "ONNX");
        return session;
    }

    private static bool TryAppendCuda(SessionOptions options, int device)
    {
        try
        {
            options.AppendExecutionProvider_CUDA(device);
            return true;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or NotSupportedException)
        {
            return false;
        }
    }

    private static void CheckTensors(IReadOnlyDictionary<string, NodeMetadata> graph, IReadOnlyList<ManifestTensor> declared, string path, bool allowOthers, ProblemList problems)
    {
        for (int i = 0; i < declared.Count; i++)
        {
            ManifestTensor tensor = declared[i];
            string at = $"{path}[{i}]";
            if (!graph.TryGetValue(tensor.Name, out NodeMetadata? node))
            {
                problems.Add($"{at}.name", $"The model has no tensor of this name; it has: {string.Join(", ", graph.Keys.Order(StringComparer.Ordinal).Take(20))}.");
                continue;
            }
            if (!node.IsTensor || node.ElementDataType != TensorElementType.Float)
            {
                problems.Add($"{at}.type", $"The model's tensor is {(node.IsTensor ? node.ElementDataType.ToString().ToLowerInvariant() : "not a tensor")}.");
                continue;
            }
            if (!Fits(node.Dimensions, tensor.Shape))
                problems.Add($"{at}.shape", $"The model's tensor is [{string.Join(", ", node.Dimensions.Select(d => d < 0 ? "dynamic" : d.ToString()))}].");
        }
        if (allowOthers)
            return;
        foreach (string name in graph.Keys.Where(k => declared.All(t => t.Name != k)).Order(StringComparer.Ordinal))
            problems.Add(path, $"The model has a tensor \"{name}\" that the manifest does not declare.");
    }

    /// <summary>Rows and steps must be free in the graph; a number must be that number, or unknown to the graph.</summary>
    private static bool Fits(int[] graph, IReadOnlyList<JsonElement> declared)
    {
        if (graph.Length != declared.Count)
            return false;
        for (int i = 0; i < graph.Length; i++)
        {
            bool free = ManifestTensorRules.Symbol(declared[i]) is "N" or "T";
            if (graph[i] >= 0 && (free || graph[i] != declared[i].GetInt32()))
                return false;
        }
        return true;
    }

    /// <summary>Numbers per row of an output, or -1 when it depends on the steps.</summary>
    private static int RowLength(ManifestTensor tensor)
    {
        int length = 1;
        foreach (JsonElement d in tensor.Shape.Skip(1))
        {
            if (d.ValueKind != JsonValueKind.Number)
                return -1;
            length = checked(length * d.GetInt32());
        }
        return length;
    }

    private static string RuntimeVersion() => typeof(InferenceSession).Assembly.GetName().Version?.ToString(3) ?? "?";
}
