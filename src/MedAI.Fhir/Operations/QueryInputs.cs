using System.Buffers;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance.Answers;

namespace MedAI.Fhir.Operations;

/// <summary>The inputs of a GET as the Parameters resource that a POST would have sent.</summary>
internal static class QueryInputs
{
    /// <returns>UTF-8 JSON of a Parameters resource.</returns>
    public static ReadOnlyMemory<byte> AsParameters(IQueryCollection query, OperationDeclaration operation)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Parameters");
        writer.WriteStartArray("parameter");
        foreach (var (name, values) in query)
        {
            if (AnswerShape.Parameters.Contains(name))
                continue;
            foreach (string? value in values)
                Write(writer, name, value ?? "", operation.Inputs.FirstOrDefault(i => i.Name == name));
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, string name, string value, OperationInput? input)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        // Text that is not of its type stays text, and is refused as such. A resource or parts cannot stand in an address at all.
        if (input is { IsPrimitive: true, Type: { } type })
        {
            string member = "value" + type;
            if (type == FHIRAllTypes.Boolean && value is "true" or "false")
                writer.WriteBoolean(member, value == "true");
            else if (type is FHIRAllTypes.Integer or FHIRAllTypes.Decimal && decimal.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out decimal number))
                writer.WriteNumber(member, number);
            else
                writer.WriteString(member, value);
        }
        writer.WriteEndObject();
    }
}
