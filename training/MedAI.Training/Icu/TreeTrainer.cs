using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Icu2012;
using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>Fits the tree members on the aggregates of several prefixes of every stay.</summary>
internal sealed class TreeTrainer
{
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<LabelledStay> _stays;
    private readonly float[] _features;
    private readonly int _columns;

    /// <summary>Cuts and aggregates all stays once; every member takes the rows of its own folds.</summary>
    public TreeTrainer(TrainingOptions options, SharedEncoder encoder, AggregateReader aggregates, IReadOnlyList<LabelledStay> stays)
    {
        _options = options;
        _stays = stays;
        _columns = aggregates.Columns;
        var random = new Random(options.Seed);
        var samples = new List<GridSample>(stays.Count * options.TreePrefixes);
        for (var prefix = 0; prefix < options.TreePrefixes; prefix++)
        {
            var minutes = stays.Select(_ => prefix == 0 ? Prefixes.LongestMinutes : Prefixes.DrawShort(random)).ToArray();
            samples.AddRange(encoder.EncodeAll(stays, i => minutes[i]));
        }

        _features = aggregates.Of(samples);
    }

    /// <returns>The model in LightGBM's text format.</returns>
    public string Train(Member member, CancellationToken cancellation)
    {
        var rows = Enumerable.Range(0, _stays.Count * _options.TreePrefixes).Where(row => IcuFolds.Of(StayOf(row).Stay.RecordId) != member.HeldFold).ToArray();
        var features = new float[(long)rows.Length * _columns];
        for (var i = 0; i < rows.Length; i++)
            _features.AsSpan(rows[i] * _columns, _columns).CopyTo(features.AsSpan(i * _columns));
        var labels = Array.ConvertAll(rows, row => StayOf(row).Outcome!.DiedInHospital ? 1f : 0f);
        // All prefixes of a stay weigh as much as one stay.
        var others = (1 - _options.TreeFullWindowWeight) / Math.Max(1, _options.TreePrefixes - 1);
        var weights = Array.ConvertAll(rows, row => (float)(row < _stays.Count ? _options.TreeFullWindowWeight : others));
        var boosting = member.Kind == MemberKind.SearchedTrees ? _options.Searched : _options.Drawn;
        return GradientBoosting.Fit(features, _columns, labels, weights, boosting, member.SeedOf(_options.Seed), _options.Threads, cancellation);
    }

    private LabelledStay StayOf(int row) => _stays[row % _stays.Count];
}
