using System.Runtime.InteropServices;

namespace MedAI.Training.Trees;

/// <summary>The few functions of LightGBM's C interface (c_api.h, version 4) that fitting needs.</summary>
/// <remarks>The library itself comes with the LightGBM package; it needs libgomp (Debian: libgomp1).</remarks>
internal static partial class LightGbmLibrary
{
    public const int Float32 = 0;
    private const string Name = "lib_lightgbm";

    /// <summary>Throws with LightGBM's own words when a call failed.</summary>
    /// <exception cref="InvalidOperationException">The call failed.</exception>
    public static void Check(int status)
    {
        if (status != 0)
            throw new InvalidOperationException($"LightGBM: {Marshal.PtrToStringUTF8(LGBM_GetLastError())}");
    }

    /// <summary>Loads the library now, so that a missing libgomp is told in one line before the work begins.</summary>
    /// <exception cref="InvalidOperationException">The library or libgomp is missing.</exception>
    public static void Load()
    {
        try
        {
            _ = LGBM_GetLastError();
        }
        catch (DllNotFoundException)
        {
            throw new InvalidOperationException("LightGBM does not load: install libgomp (Debian: apt-get install libgomp1).");
        }
    }

    [LibraryImport(Name)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial nint LGBM_GetLastError();

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_DatasetCreateFromMat(
        ReadOnlySpan<float> data, int dataType, int rows, int columns, int isRowMajor, string parameters, nint reference, out nint dataset);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_DatasetSetField(nint dataset, string field, ReadOnlySpan<float> data, int count, int type);

    [LibraryImport(Name)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_DatasetFree(nint dataset);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_BoosterCreate(nint dataset, string parameters, out nint booster);

    [LibraryImport(Name)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_BoosterUpdateOneIter(nint booster, out int finished);

    [LibraryImport(Name)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_BoosterSaveModelToString(
        nint booster, int startIteration, int iterations, int importanceType, long bufferLength, out long length, Span<byte> text);

    [LibraryImport(Name)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int LGBM_BoosterFree(nint booster);
}
