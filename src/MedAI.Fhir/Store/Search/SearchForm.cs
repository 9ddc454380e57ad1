using System.Text;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace MedAI.Fhir.Store.Search;

/// <summary>The body of a <c>POST [type]/_search</c>, which keeps what is asked out of addresses.</summary>
internal static class SearchForm
{
    /// <summary>Largest form: far more than the values of one search need.</summary>
    private const int MostForm = 256 * 1024;

    /// <summary>Puts the parameters of the body to those of the address. From there on it is the same as a GET: whoever looks for _format or _summary finds them in the query.</summary>
    /// <returns>Null, or why the body cannot be used.</returns>
    public static async ValueTask<Failure?> TakeAsync(HttpContext http, LimitsOptions limits, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentType!.StartsWith("multipart", StringComparison.OrdinalIgnoreCase))
            return new Failure(FailureCode.UnsupportedMediaType, "A search is posted as application/x-www-form-urlencoded.");
        var bounds = new LimitsOptions { MaxBodyBytes = Math.Min(MostForm, limits.MaxBodyBytes), BodyTimeoutMilliseconds = limits.BodyTimeoutMilliseconds };
        var read = await BoundedBody.ReadAsync(http.Request, bounds, time, cancellationToken);
        if (read.Body is null)
            return read.Failure!;
        using (read.Body)
        {
            var all = new Dictionary<string, StringValues>(http.Request.Query, StringComparer.Ordinal);
            foreach (var (name, values) in QueryHelpers.ParseQuery(Encoding.UTF8.GetString(read.Body.Memory.Span)))
                all[name] = StringValues.Concat(all.GetValueOrDefault(name), values);
            http.Request.Query = new QueryCollection(all);
        }
        var (_, failure) = AnswerShape.Read(http.Request.Query);
        return failure;
    }
}
