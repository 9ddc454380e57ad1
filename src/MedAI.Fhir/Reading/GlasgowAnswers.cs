namespace MedAI.Fhir.Reading;

/// <summary>Points of the LOINC answers to the three parts of the Glasgow coma score.</summary>
internal static class GlasgowAnswers
{
    /// <summary>Points, or 0 when the code is no answer to this part.</summary>
    public static int Points(string part, ReadOnlySpan<byte> answer) => part switch
    {
        // Eye opening: none, to pain, to speech, spontaneous.
        "9267-6" => answer.SequenceEqual("LA6553-7"u8) ? 1
            : answer.SequenceEqual("LA6554-5"u8) ? 2
            : answer.SequenceEqual("LA6555-2"u8) ? 3
            : answer.SequenceEqual("LA6556-0"u8) ? 4
            : 0,
        // Verbal: none, sounds, words, confused, oriented.
        "9270-0" => answer.SequenceEqual("LA6557-8"u8) ? 1
            : answer.SequenceEqual("LA6558-6"u8) ? 2
            : answer.SequenceEqual("LA6559-4"u8) ? 3
            : answer.SequenceEqual("LA6560-2"u8) ? 4
            : answer.SequenceEqual("LA6561-0"u8) ? 5
            : 0,
        // Motor: none, extension, flexion, withdrawal, localising, obeying.
        "9268-4" => answer.SequenceEqual("LA6562-8"u8) ? 1
            : answer.SequenceEqual("LA6563-6"u8) ? 2
            : answer.SequenceEqual("LA6564-4"u8) ? 3
            : answer.SequenceEqual("LA6565-1"u8) ? 4
            : answer.SequenceEqual("LA6566-9"u8) ? 5
            : answer.SequenceEqual("LA6567-7"u8) ? 6
            : 0,
        _ => 0,
    };
}
