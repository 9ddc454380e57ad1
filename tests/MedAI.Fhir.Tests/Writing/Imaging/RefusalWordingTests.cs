using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.Writing.Imaging;

public sealed class RefusalWordingTests
{
    [Fact, Trait("promise", "M-315")]
    public void Every_reason_has_its_own_sentence_and_code()
    {
        DicomWebErrorKind[] kinds = Enum.GetValues<DicomWebErrorKind>();
        Assert.All(kinds, k => Assert.EndsWith(".", RefusalWording.Of(k)));
        Assert.Equal(kinds.Length, kinds.Select(RefusalWording.Of).Distinct().Count());
        Assert.Equal("patient-unverified", RefusalWording.CodeOf(DicomWebErrorKind.PatientUnverified));
    }

    [Fact, Trait("promise", "M-315")]
    public void Failure_of_the_archive_says_what_its_side_of_it_was()
    {
        OutboundErrorKind[] causes = Enum.GetValues<OutboundErrorKind>();
        string[] sentences = [.. causes.Select(c => RefusalWording.Of(new DicomWebError(DicomWebErrorKind.SourceFailed, new OutboundError(c))))];
        Assert.All(sentences, s => Assert.StartsWith("The image archive did not give the image: ", s));
        // An address that is not trusted and one that is forbidden are the same to a reader.
        Assert.Equal(causes.Length - 1, sentences.Distinct().Count());
    }

    [Fact, Trait("promise", "M-304")]
    public void Images_refused_for_the_same_reason_are_told_together()
    {
        StudyExample example = new()
        {
            Images =
            [
                StudyExample.Refused(), StudyExample.Refused() with { InstanceNumber = null },
                StudyExample.Refused() with { Refusals = [new AbstentionReason(AbstentionKind.AgeUnknown, "Unknown."), new AbstentionReason(AbstentionKind.ImageTooSmall, "Small.")] },
            ],
        };
        Assert.Equal([("image 1 (instance 2), image 2", "The model reads images of view AP or PA; the image is of another."), ("image 3 (instance 2)", "Unknown. Small.")],
            InterpretationWording.Refusals(example.Interpretation()));
    }

    [Theory, Trait("promise", "M-304")]
    [InlineData("The heart is normal.", true)]
    [InlineData("No pneumonia.", true)]
    [InlineData("no evidence of disease", true)]
    [InlineData("Unremarkable", true)]
    [InlineData("abnormal opacity; a low probability does not rule out disease", false)]
    public void Words_of_an_all_clear_are_known(string text, bool expected) => Assert.Equal(expected, InterpretationWording.SoundsLikeAllClear(text));
}
