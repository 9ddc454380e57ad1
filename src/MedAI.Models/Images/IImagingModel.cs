using MedAI.Models.Inference;
using MedAI.Models.Predictions;

namespace MedAI.Models.Images;

/// <summary>A loaded imaging model: image in, outcome out.</summary>
public interface IImagingModel : IServedModel
{
    /// <summary>Whether the model may be shown an image, told from its attributes before its pixels are fetched.</summary>
    ImageExamination Examine(ImageAttributes attributes);

    /// <summary>Checks the image and makes the model's input with its hash; no inference. Allows the caller to find a stored result for the same input first.</summary>
    /// <param name="asOf">Instant that the outcome will carry.</param>
    PreparedImage Prepare(MedicalImage image, DateTimeOffset asOf);

    /// <summary>Runs the prepared image, once, and gives the graph's raw outputs or why there are none. The image must not be an abstention.</summary>
    /// <param name="deadline">Instant after which nobody waits for the answer; checked before the run.</param>
    ValueTask<RunResult> RunAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken);

    /// <summary>Makes the outcome of raw outputs, run now or kept from an earlier run of the same input by the same model; no inference.</summary>
    /// <param name="input">The image that the outputs are of; it may have been run or disposed.</param>
    Outcome Conclude(PreparedImage input, IReadOnlyDictionary<string, float[]> outputs);

    /// <summary>Runs the prepared image, once, and makes the outcome. Never throws for expected failures.</summary>
    /// <param name="deadline">Instant after which nobody waits for the answer; checked before the run.</param>
    Task<Outcome> PredictAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken);
}
