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

    /// <summary>Runs the prepared image, once. Never throws for expected failures.</summary>
    /// <param name="deadline">Instant after which nobody waits for the answer; checked before the run.</param>
    Task<Outcome> PredictAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken);
}
