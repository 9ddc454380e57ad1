namespace MedAI.Models.Images;

/// <summary>An image that is read row by row.</summary>
internal interface IImageRows
{
    /// <summary>One row's values.</summary>
    /// <param name="scratch">Room for one row, to be filled where the row does not lie in memory as it is asked for.</param>
    ReadOnlySpan<float> Row(int row, Span<float> scratch);
}
