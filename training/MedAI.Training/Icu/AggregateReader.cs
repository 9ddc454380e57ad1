using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Icu;

namespace MedAI.Training.Icu;

/// <summary>Computes the trees' features of samples by running <see cref="AggregateGraph"/> in ONNX Runtime, as the shipped graph will.</summary>
internal sealed class AggregateReader : IDisposable
{
    private readonly GridScorer _graph;

    public AggregateReader(ModelManifest manifest)
    {
        var series = manifest.Variables.Where(v => v.Use == "series").ToArray();
        string[] ids = [.. series.Select(v => v.Id)];
        string[] statics = [.. manifest.AsSequence().Encoder.Statics.Select(s => s.Feature)];
        Columns = AggregateGraph.Names(ids, statics).Count;
        _graph = new GridScorer(AggregateGraph.Alone(ids, statics, [.. series.Select(v => (float)v.Baseline)]));
    }

    /// <summary>Features per sample.</summary>
    public int Columns { get; }

    /// <summary>Row-major [samples, <see cref="Columns"/>].</summary>
    public float[] Of(IReadOnlyList<GridSample> samples)
    {
        var features = new float[(long)samples.Count * Columns];
        var rows = _graph.Output("aggregates", samples);
        for (var i = 0; i < rows.Length; i++)
            rows[i].CopyTo(features, (long)i * Columns);
        return features;
    }

    public void Dispose() => _graph.Dispose();
}
