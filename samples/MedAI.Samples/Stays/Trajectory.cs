namespace MedAI.Samples.Stays;

/// <summary>A level that changes linearly between given hours and stays constant outside them.</summary>
internal sealed class Trajectory(params (double Hour, double Level)[] points)
{
    public static Trajectory Constant(double level) => new((0, level));

    public double At(double hour)
    {
        if (hour <= points[0].Hour)
            return points[0].Level;
        for (int i = 1; i < points.Length; i++)
        {
            if (hour <= points[i].Hour)
            {
                var (fromHour, fromLevel) = points[i - 1];
                var (toHour, toLevel) = points[i];
                return fromLevel + (toLevel - fromLevel) * (hour - fromHour) / (toHour - fromHour);
            }
        }
        return points[^1].Level;
    }
}
