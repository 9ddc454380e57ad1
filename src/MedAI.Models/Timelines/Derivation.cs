namespace MedAI.Models.Timelines;

/// <summary>A variable that two others give at the same instant.</summary>
internal sealed record Derivation(ModelVariable Target, ModelVariable First, ModelVariable Second)
{
    /// <exception cref="ArgumentException">The formula or a variable is not known.</exception>
    public static Derivation Of(ModelVariable target, VariableTable variables)
    {
        var declared = target.Manifest.Derived!;
        if (declared.Formula != "mean-pressure" || declared.From.Count != 2)
            throw new ArgumentException($"Variable {target.Id} has a derivation that is not known.", nameof(target));
        return new Derivation(target, Source(declared.From[0]), Source(declared.From[1]));

        ModelVariable Source(string id) => variables.Find(id) is { IsStatic: false } found
            ? found
            : throw new ArgumentException($"Variable {target.Id} is derived from a series variable that is not declared.", nameof(target));
    }

    /// <summary>Mean arterial pressure from systolic and diastolic: the diastole lasts about two thirds of the cycle.</summary>
    public static double MeanPressure(double systolic, double diastolic) => (systolic + 2 * diastolic) / 3;
}
