using System.Globalization;
using System.Text;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>FSH of the OperationDefinitions, element by element as the server's own writer makes them.</summary>
internal static class OperationSource
{
    public static OperationDefinition Definition(OperationDeclaration declaration) => OperationDefinitionWriter.Publish(declaration, "0.1.0", "2026-11-30");

    public static string Of(IEnumerable<OperationDeclaration> declarations)
    {
        var fsh = new StringBuilder("// Written by PublishedOperationTests out of what the operations declare; rewrite it with GOLDEN=update dotnet test, then run profiles/build.sh.\n");
        foreach (var declaration in declarations.OrderBy(d => d.Id, StringComparer.Ordinal))
        {
            fsh.Append($"\nInstance: {declaration.Name}\nInstanceOf: OperationDefinition\nUsage: #definition\n");
            Append(fsh, Definition(declaration), "");
        }
        return fsh.ToString();
    }

    private static void Append(StringBuilder fsh, Base element, string path)
    {
        foreach (var (name, value) in element.EnumerateElements())
        {
            if (value is IEnumerable<Base> list)
            {
                int index = 0;
                foreach (var item in list)
                    One(item, string.Create(CultureInfo.InvariantCulture, $"{path}{name}[{index++}]"));
            }
            else
            {
                One((Base)value, path + name);
            }
        }

        void One(Base value, string place)
        {
            if (value is PrimitiveType primitive)
                fsh.Append($"* {place} = {Literal(primitive)}\n");
            else
                Append(fsh, value, place + ".");
        }
    }

    private static string Literal(PrimitiveType value) => value switch
    {
        FhirBoolean flag => flag.Value == true ? "true" : "false",
        Integer number => number.Value!.Value.ToString(CultureInfo.InvariantCulture),
        _ when value.TypeName == "code" => "#" + value,
        FhirDateTime date => "\"" + date.Value + "\"",
        _ => "\"" + value.ToString()!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"",
    };
}
