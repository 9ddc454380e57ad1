using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MedAI.Fhir.Store;
using MedAI.Models.Images;
using MedAI.Models.Inference;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>Runs images, each once: the raw outputs for pixels that were run before come from the store, and two who ask at once share one run.</summary>
/// <remarks>What is kept holds no patient, no time and no reference, and calibration and thresholds are applied anew each time.</remarks>
public sealed class ImageRuns(IResourceStore store)
{
    private readonly ConcurrentDictionary<string, Task<RunResult>> _running = new(StringComparer.Ordinal);

    /// <returns>The outcome, and what is to be stored so that these pixels are not run again; null when that is stored already or there is nothing to store.</returns>
    public async Task<(Outcome Outcome, ImageRunWrite? Keep)> ReadAsync(IImagingModel model, PreparedImage input, string key, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (await store.FindImageRunAsync(key, cancellationToken) is { } kept && RawOutputs.TryRead(kept, out var known))
            return (model.Conclude(input, known), null);
        var mine = new TaskCompletionSource<RunResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _running.GetOrAdd(key, mine.Task);
        if (running != mine.Task)
        {
            var shared = await running.WaitAsync(cancellationToken);
            if (shared.Outputs is { } outputs)
                return (model.Conclude(input, outputs), null);
            // Whoever began it may have left or had less time; this one has its own.
            return Concluded(model, input, key, await model.RunAsync(input, deadline, cancellationToken));
        }
        var result = new RunResult(null, InferenceErrorKind.RuntimeFailure);
        try
        {
            result = await model.RunAsync(input, deadline, cancellationToken);
            var concluded = Concluded(model, input, key, result);
            if (concluded.Keep is null)
                result = new RunResult(null, result.Error ?? InferenceErrorKind.RuntimeFailure);
            return concluded;
        }
        finally
        {
            mine.SetResult(result);
            if (result.Outputs is null)
                _running.TryRemove(key, out _);
        }
    }

    /// <summary>To be called when what was to be kept is in the store, or never will be; until then those who ask for the same pixels get the run at hand.</summary>
    public void Release(IEnumerable<ImageRunWrite> kept)
    {
        foreach (var run in kept)
            _running.TryRemove(run.Key, out _);
    }

    private static (Outcome Outcome, ImageRunWrite? Keep) Concluded(IImagingModel model, PreparedImage input, string key, RunResult result)
    {
        if (result.Outputs is not { } outputs)
            return (new InferenceError(result.Error ?? InferenceErrorKind.RuntimeFailure), null);
        var outcome = model.Conclude(input, outputs);
        return (outcome, outcome is InferenceError ? null : new ImageRunWrite(key, RawOutputs.ToBytes(outputs)));
    }
}

/// <summary>Outputs of a run as bytes: number of outputs, then name, length and little-endian float32 of each.</summary>
internal static class RawOutputs
{
    private const int MostOutputs = 64;

    public static byte[] ToBytes(IReadOnlyDictionary<string, float[]> outputs)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(outputs.Count);
        foreach (var (name, values) in outputs.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            writer.Write(name);
            writer.Write(values.Length);
            foreach (float value in values)
                writer.Write(value);
        }
        return memory.ToArray();
    }

    /// <returns>False for bytes of another form; the image is then run again.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out IReadOnlyDictionary<string, float[]>? outputs)
    {
        outputs = null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
            int count = reader.ReadInt32();
            if (count is < 1 or > MostOutputs)
                return false;
            var read = new Dictionary<string, float[]>(count, StringComparer.Ordinal);
            for (int i = 0; i < count; i++)
            {
                string name = reader.ReadString();
                int length = reader.ReadInt32();
                if (length < 0 || length > bytes.Length / sizeof(float))
                    return false;
                float[] values = new float[length];
                for (int j = 0; j < length; j++)
                    values[j] = reader.ReadSingle();
                read[name] = values;
            }
            outputs = read;
            return true;
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or IOException)
        {
            return false;
        }
    }
}
