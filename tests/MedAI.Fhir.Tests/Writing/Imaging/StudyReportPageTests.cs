using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing.Imaging;

public sealed partial class StudyReportPageTests
{
    private const string Hostile = "<script>alert(1)</script>\" onload=\"x\u202Egnp.exe [a](javascript:1)";

    private static string Page(StudyExample example) => Encoding.UTF8.GetString(PageBytes(example.Write()));

    private static byte[] PageBytes(WrittenInterpretation written) =>
        StudyExample.Json(written, "DiagnosticReport").GetProperty("presentedForm")[0].GetProperty("data").GetBytesFromBase64();

    [Fact, Trait("promise", "M-311")]
    public void Page_of_the_example_study_is_golden()
    {
        var example = new StudyExample();
        Golden.AssertText("study-report-page.html", Page(example with { Context = example.Context with { DemoClock = true } }));
    }

    [Fact, Trait("promise", "M-311")]
    public void Presented_form_is_the_page_with_its_size_and_hash()
    {
        WrittenInterpretation written = new StudyExample().Write();
        var form = StudyExample.Json(written, "DiagnosticReport").GetProperty("presentedForm")[0];
        byte[] page = PageBytes(written);
        Assert.Equal("text/html", form.GetProperty("contentType").GetString());
        Assert.Equal("en", form.GetProperty("language").GetString());
        Assert.Equal(page.Length, form.GetProperty("size").GetInt32());
#pragma warning disable CA5350
        Assert.Equal(SHA1.HashData(page), form.GetProperty("hash").GetBytesFromBase64());
#pragma warning restore CA5350
    }

    [Fact, Trait("promise", "M-311")]
    public void Page_shows_image_and_map_side_by_side_estimates_refusals_model_and_limits()
    {
        string page = Page(new StudyExample());
        Assert.Contains("AI result, not verified by a radiologist.", page);
        Assert.Equal(2, Count(page, "<img "));
        Assert.Contains("<div class=\"number\">73.4 %</div>", page);
        Assert.Contains("members of the model: 58.8 % to 78.8 %", page);
        Assert.Contains("threshold Balanced", page);
        Assert.Contains("Findings caught (sensitivity)", page);
        Assert.Contains("<td>Image 2 (instance 2)</td><td>The model reads images of view AP or PA; the image is of another.</td>", page);
        Assert.Contains("outside the configured archives", page);
        Assert.Contains("The image was compressed with loss", page);
        Assert.Contains(TestManifest.EmptyHash, page);
        Assert.Contains("Sees nothing.", page);
        Assert.Contains("2026-03-02 07:30 &#x2B;01:00", page);
        Assert.Contains("2026-03-02 08:00 &#x2B;01:00", page);
        Assert.DoesNotContain(StudyExample.SopUid, page);
        Assert.DoesNotMatch("(?i)\\bnormal\\b", WithoutPictures(page));
    }

    [Fact, Trait("promise", "M-312")]
    public void Page_needs_no_script_and_nothing_from_elsewhere_and_its_policy_allows_just_that()
    {
        byte[] bytes = PageBytes(new StudyExample().Write());
        string page = Encoding.UTF8.GetString(bytes);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.All(Source().Matches(page), m => Assert.StartsWith("data:image/png;base64,", m.Groups[1].Value));
        string policy = StudyReportPage.ContentSecurityPolicyOf(bytes);
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("img-src data:;", policy);
        Assert.Contains($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style().Match(page).Groups[1].Value)))}'", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Fact, Trait("promise", "M-312")]
    public void Bytes_that_are_no_page_get_a_policy_without_any_style() =>
        Assert.Contains("style-src 'none'", StudyReportPage.ContentSecurityPolicyOf("<p>"u8));

    [Fact, Trait("promise", "M-312")]
    public void Page_is_well_formed_with_alternative_texts_unique_ids_and_headings_in_order()
    {
        string page = Page(new StudyExample { Images = [new StudyExample().Read(), new StudyExample { Probability = 0.1 }.Read(), StudyExample.Refused()] });
        string body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)];
        XElement root = XElement.Parse(ImageTag().Replace(body, "$0</img>"));
        Assert.All(root.Descendants("img"), i => Assert.True(((string?)i.Attribute("alt"))?.Length > 20));
        Assert.Equal(4, root.Descendants("img").Count());
        string[] ids = [.. root.Descendants().Select(e => (string?)e.Attribute("id")).OfType<string>()];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Single(root.Descendants("h1"));
        Assert.All(root.Descendants("svg"), s => Assert.True(s.Attribute("aria-hidden") is not null || s.Attribute("aria-label") is not null || s.Attribute("aria-labelledby") is not null));
    }

    [Fact, Trait("promise", "S-43")]
    public void Hostile_texts_of_a_package_or_an_archive_are_shown_as_text()
    {
        var example = new StudyExample();
        example = example with
        {
            Manifest = example.Manifest with
            {
                Title = Hostile,
                TrainingStatement = Hostile,
                Limitations = [Hostile],
                IntendedUse = Hostile,
                Outcome = example.Manifest.Outcome with { Text = Hostile },
                Thresholds = [example.Manifest.Thresholds[0] with { Title = Hostile }],
                Service = example.Manifest.Service with { Caution = Hostile },
            },
            Context = example.Context with { SubjectReference = $"Patient/{Hostile}", Trigger = Hostile },
            Images = [example.Read(), StudyExample.Refused() with { Refusals = [new AbstentionReason(AbstentionKind.WrongView, Hostile)] }],
            Remarks = [Hostile],
        };
        example = example with { Images = [example.Read(), example.Images![1]] };
        WrittenInterpretation written = example.Write();
        string page = Encoding.UTF8.GetString(PageBytes(written));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\" onload", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        foreach (string type in (string[])["DiagnosticReport", "Observation", "Media"])
        {
            var resource = StudyExample.Json(written, type);
            string div = resource.GetProperty("text").GetProperty("div").GetString()!;
            XElement.Parse(div);
            Assert.DoesNotContain("<script", div, StringComparison.OrdinalIgnoreCase);
            if (resource.TryGetProperty("note", out var notes))
                Assert.All(notes.EnumerateArray(), n => Assert.DoesNotContain("<script", n.GetProperty("text").GetString(), StringComparison.OrdinalIgnoreCase));
        }
        Assert.DoesNotContain('\u202E', StudyExample.Json(written, "DiagnosticReport").GetProperty("conclusion").GetString()!);
    }

    private static string WithoutPictures(string page) => Source().Replace(page, "");

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Source();

    [GeneratedRegex("<img [^>]*>")]
    private static partial Regex ImageTag();
}
