using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Store.Search;

/// <summary>Writes a position among the matches of a search into a link, and reads it back.</summary>
/// <remarks>
/// It holds the search's digest: a position of one search says nothing about another. It is no secret and grants nothing: whoever makes one up begins elsewhere in what may be seen anyway.
/// </remarks>
internal static class SearchCursor
{
    private const int MostText = 4_000;

    public static string Write(SearchQuestion question, SearchPosition position) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes<object[]>([Digest(question), position.Entry, .. position.Keys]));

    /// <summary>Null where the text is no position of this search.</summary>
    public static SearchPosition? Read(SearchQuestion question, string text)
    {
        if (text.Length > MostText || !Base64Url.IsValid(text))
            return null;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() != question.Order.Count + 2
                || root[0].ValueKind != JsonValueKind.String || root[0].GetString() != Digest(question) || !root[1].TryGetInt64(out long entry))
                return null;
            var keys = new object[question.Order.Count];
            for (int i = 0; i < keys.Length; i++)
            {
                if (Key(root[i + 2], question.Order[i].Parameter.Kind) is not { } key)
                    return null;
                keys[i] = key;
            }
            return new SearchPosition(keys, entry);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static object? Key(JsonElement element, SearchKind kind) => kind switch
    {
        SearchKind.Date => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) ? number : null,
        SearchKind.Number => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double real) ? real : null,
        _ => element.ValueKind == JsonValueKind.String ? element.GetString() : null,
    };

    /// <summary>Of what is asked and in which order; how it is shown does not matter.</summary>
    private static string Digest(SearchQuestion question)
    {
        var text = new StringBuilder(question.Definition.Type);
        foreach (var (name, value) in question.Used)
        {
            if (name == "_sort" || question.Definition.Find(name.Split(':')[0]) is not null)
                text.Append('\n').Append(name).Append('=').Append(value);
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 6));
    }
}
