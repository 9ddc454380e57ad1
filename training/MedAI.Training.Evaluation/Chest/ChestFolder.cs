namespace MedAI.Training.Evaluation.Chest;

/// <summary>The folder that holds the chest radiograph archives.</summary>
internal static class ChestFolder
{
    /// <summary>Full path of a file in the folder, or in its <c>chest-xray</c> folder.</summary>
    /// <exception cref="InvalidDataException">There is no such file.</exception>
    public static string File(string folder, string name)
    {
        foreach (var path in new[] { Path.Combine(folder, name), Path.Combine(folder, "chest-xray", name) })
        {
            if (System.IO.File.Exists(path))
                return path;
        }

        throw new InvalidDataException($"The data folder '{folder}' holds no {name}.");
    }
}
