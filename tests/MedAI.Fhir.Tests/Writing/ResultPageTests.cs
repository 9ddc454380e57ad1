using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing;

public sealed partial class ResultPageTests
{
    private const string Hostile = "<script>alert(1)</script>\" onload=\"x\u202Egnp.exe [a](javascript:1)";

    private static byte[] Detail(WritingExample example)
    {
        (Prediction prediction, PatientTimeline timeline) = example.Predict();
        return ResultDetailWriter.Write(prediction, example.Manifest, timeline, example.Context);
    }

    private static string Page(WritingExample example) => Encoding.UTF8.GetString(ResultPage.Render(Detail(example)));

    [Fact, Trait("promise", "M-60")]
    public void Detail_of_the_example_stay_is_golden() => Golden.AssertJson("result-detail.json", Detail(WritingExample.Create()));

    [Fact, Trait("promise", "M-60")]
    public void Page_of_the_example_stay_is_golden()
    {
        WritingExample example = WritingExample.Create() with { Interval = (new Probability(0.31), new Probability(0.46)) };
        Golden.AssertText("result-page.html", Page(example with { Context = example.Context with { DemoClock = true } }));
    }

    [Fact, Trait("promise", "M-60")]
    public void Page_shows_risk_window_trends_contributions_quality_and_model()
    {
        string page = Page(WritingExample.Create());
        Assert.Contains("<div class=\"number\">38.3 %</div>", page);
        Assert.Contains("threshold Balanced", page);
        Assert.Contains("55.0 % of those have the outcome (positive predictive value)", page);
        Assert.Contains("newest input", page);
        Assert.Equal(3, Count(page, "<path class=\"curve\""));
        Assert.Contains("not causes, not treatment targets", page.Replace("&#x27;", "'", StringComparison.Ordinal));
        Assert.Contains("treatment, not a finding", page);
        Assert.Contains("1 × Potassium: unit not known for this variable", page);
        Assert.Contains(TestManifest.EmptyHash, page);
        Assert.Contains("Predicts nothing.", page);
        Assert.Contains("Research software, not for patient care.", page);
    }

    [Fact, Trait("promise", "M-61")]
    public void Page_needs_no_script_and_nothing_from_elsewhere()
    {
        string page = Page(WritingExample.Create());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Match style = StyleElement().Match(page);
        Assert.Contains($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style.Groups[1].Value)))}'", ResultPage.ContentSecurityPolicy);
    }

    [Fact, Trait("promise", "M-61")]
    public void Page_is_well_formed_and_every_plot_has_a_title_and_a_description()
    {
        string page = Page(WritingExample.Create());
        string body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)].Replace("<br>", "<br/>", StringComparison.Ordinal);
        XElement root = XElement.Parse(body);
        XElement[] pictures = [.. root.Descendants("svg").Where(s => (string?)s.Attribute("role") == "img")];
        Assert.Equal(4, pictures.Length);
        Assert.All(pictures, picture =>
        {
            string[] labels = ((string)picture.Attribute("aria-labelledby")!).Split(' ');
            Assert.Equal(labels, (string[])[(string)picture.Element("title")!.Attribute("id")!, (string)picture.Element("desc")!.Attribute("id")!]);
        });
    }

    [Fact, Trait("promise", "S-43")]
    public void Hostile_texts_of_a_package_or_an_EHR_are_shown_as_text_and_trimmed()
    {
        WritingExample example = WritingExample.Create();
        example = example with
        {
            Manifest = example.Manifest with
            {
                Title = Hostile,
                TrainingStatement = Hostile,
                Limitations = [Hostile, new string('x', 10 * 1024)],
                Service = example.Manifest.Service with { Caution = Hostile },
            },
            Context = example.Context with { SubjectReference = $"Patient/{Hostile}", Trigger = Hostile },
        };
        string page = Page(example);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\" onload", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', page);
        Assert.DoesNotContain(new string('x', 4001), page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
    }

    [Fact, Trait("promise", "S-43")]
    public void Hostile_texts_in_the_resource_stay_out_of_its_narrative_and_notes()
    {
        WritingExample example = WritingExample.Create();
        example = example with
        {
            Manifest = example.Manifest with { Title = Hostile, TrainingStatement = Hostile, Service = example.Manifest.Service with { Caution = Hostile } },
        };
        WrittenRiskAssessment written = example.Write();
        Assert.Empty(written.Problems);
        var resource = example.Compose();
        Assert.DoesNotContain("<script", resource.Text!.Div, StringComparison.OrdinalIgnoreCase);
        XElement.Parse(resource.Text.Div!);
        Assert.All(resource.Note, n =>
        {
            Assert.DoesNotContain("<script", n.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("[a](", n.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u202E", n.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Page_of_a_result_without_trends_thresholds_and_contributions_is_drawn()
    {
        WritingExample example = WritingExample.Create();
        (Prediction prediction, PatientTimeline timeline) = example.Predict();
        ResultDetail detail = ResultDetailWriter.Compose(prediction, example.Manifest, timeline, example.Context);
        string page = ResultPage.Render(detail with
        {
            Trends = [],
            Model = detail.Model with { Thresholds = [] },
            Explanation = detail.Explanation with { Contributions = [] },
            Estimates = [detail.Estimates[0] with { Threshold = null, Band = null }],
        });
        Assert.Contains("below every threshold", page);
        Assert.Contains("None of them was measured", page);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex StyleElement();
}
