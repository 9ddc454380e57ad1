using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Hl7.Fhir.ElementModel;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.FhirPath;
using Hl7.FhirPath.Expressions;
using Hl7.FhirPath.Functions;
using Expression = Hl7.FhirPath.Expressions.Expression;

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>Evaluates the FHIRPath of our definitions, each expression for a bounded time, whatever the resource is like.</summary>
/// <remarks>
/// Firely's evaluator cannot be cancelled. Every step of an expression passes its debug hook, which looks at the clock here; functions that walk through or compare many elements
/// within one step are replaced by ones that look at it, too: R4's own dom-3 and obs-7 compare everything with everything. Thread safe.
/// </remarks>
internal sealed class TimedFhirPath(TimeProvider time)
{
    /// <summary>Time of one expression, in milliseconds. Those of R4 and of our profiles take well under one over any resource of a hospital.</summary>
    public const int Milliseconds = 200;

    private const string Prefix = "timed.";

    /// <summary>Functions that walk or compare within one step, and that expressions of our definitions use.</summary>
    private static readonly HashSet<string> Replaced = ["descendants", "isDistinct", "intersect", "binary.|", "binary.in", "binary.contains", "matches", "replaceMatches"];

    private readonly ConcurrentDictionary<string, CompiledExpression> _compiled = new(StringComparer.Ordinal);

    /// <summary>Whether an expression is true of a node; no value is not true.</summary>
    public Evaluation IsTrue(string expression, PocoNode node)
    {
        CompiledExpression compiled;
        try
        {
            compiled = _compiled.GetOrAdd(expression, Compile);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            return new Evaluation(false, Fault.Unusable);
        }
        // In two tries of half the time: a machine that stood still in the first is no fault of the resource.
        var first = IsTrue(compiled, node);
        return first.Fault == Fault.Late ? IsTrue(compiled, node) : first;
    }

    private Evaluation IsTrue(CompiledExpression compiled, PocoNode node)
    {
        var clock = new Clock(time);
        try
        {
            return new Evaluation(compiled.IsTrue(node, new FhirEvaluationContext { DebugTracer = clock }), Fault.None);
        }
        // The evaluator makes other exceptions of what its functions throw.
        catch (Exception)
        {
            return new Evaluation(false, clock.IsLate ? Fault.Late : Fault.Unusable);
        }
    }

#pragma warning disable RS0030 // The one place that evaluates FHIRPath.
    private static readonly FhirPathCompiler Compiler = new(Functions());

    private static CompiledExpression Compile(string expression) => Compiler.Compile(Compiler.Parse(expression).Accept(Timed.Functions), injectDebugTraceHooks: true);
#pragma warning restore RS0030

    /// <summary>What came of an expression.</summary>
    public readonly record struct Evaluation(bool IsTrue, Fault Fault);

    public enum Fault
    {
        None,
        /// <summary>It was broken off because it took too long.</summary>
        Late,
        /// <summary>It cannot be evaluated over this resource.</summary>
        Unusable,
    }

    private static SymbolTable Functions()
    {
        var standard = new SymbolTable();
        standard.AddStandardFP();
        standard.AddFhirExtensions();
        // Under names of their own: what stands twice under one name is called by other rules about empty collections.
        var timed = new SymbolTable(standard);
        timed.Add(Prefix + "descendants", (IEnumerable<PocoNode> focus, EvaluationContext context) => Walked(focus.Descendants(), Clock.Of(context)), doNullProp: true);
        timed.Add(Prefix + "isDistinct", (IEnumerable<PocoNode> focus, EvaluationContext context) => AreDistinct(focus, Clock.Of(context)));
        timed.Add(Prefix + "intersect", (IEnumerable<PocoNode> focus, IEnumerable<PocoNode> other, EvaluationContext context) => Intersection(focus, other, Clock.Of(context)));
        timed.Add(Prefix + "binary.|", (object _, IEnumerable<PocoNode> left, IEnumerable<PocoNode> right, EvaluationContext context) => Union(left, right, Clock.Of(context)));
        timed.Add(Prefix + "binary.in", (object _, PocoNode item, IEnumerable<PocoNode> list, EvaluationContext context) => list.Contains(item, Clock.Of(context)));
        timed.Add(Prefix + "binary.contains", (object _, IEnumerable<PocoNode> list, PocoNode item, EvaluationContext context) => list.Contains(item, Clock.Of(context)));
        timed.Add(Prefix + "matches", (string text, string pattern, EvaluationContext context) => Clock.Of(context).Within(() => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, Bound)), doNullProp: true);
        timed.Add(Prefix + "replaceMatches", (string text, string pattern, string by, EvaluationContext context) => Clock.Of(context).Within(() => Regex.Replace(text, pattern, by, RegexOptions.CultureInvariant, Bound)), doNullProp: true);
        return timed;
    }

    /// <summary>Time of one try.</summary>
    private static TimeSpan Bound => TimeSpan.FromMilliseconds(Milliseconds / 2);

    private static IEnumerable<PocoNode> Walked(IEnumerable<PocoNode> nodes, Clock clock)
    {
        foreach (var node in nodes)
        {
            clock.Look();
            yield return node;
        }
    }

    private static bool AreDistinct(IEnumerable<PocoNode> nodes, Clock clock)
    {
        var seen = new HashSet<PocoNode>(clock);
        return nodes.All(seen.Add);
    }

    private static List<PocoNode> Intersection(IEnumerable<PocoNode> left, IEnumerable<PocoNode> right, Clock clock) => [.. left.Intersect(right, (IEqualityComparer<PocoNode>)clock)];

    private static List<PocoNode> Union(IEnumerable<PocoNode> left, IEnumerable<PocoNode> right, Clock clock) => [.. left.Union(right, (IEqualityComparer<PocoNode>)clock)];

    /// <summary>The time of one evaluation: looked at with every step and every comparison.</summary>
    private sealed class Clock(TimeProvider time) : IDebugTracer, IEqualityComparer<PocoNode>
    {
        private readonly long _begun = time.GetTimestamp();

        public bool IsLate { get; private set; }

        public static Clock Of(EvaluationContext context) => (Clock)context.DebugTracer!;

        public void Look()
        {
            if (IsLate || time.GetElapsedTime(_begun) >= Bound)
            {
                IsLate = true;
                throw new TimeoutException();
            }
        }

        public T Within<T>(Func<T> match)
        {
            try
            {
                return match();
            }
            catch (RegexMatchTimeoutException)
            {
                IsLate = true;
                throw;
            }
        }

        public void TraceCall(Expression expr, int contextId, IEnumerable<PocoNode> focus, IEnumerable<PocoNode> thisValue, PocoNode index, IEnumerable<PocoNode> totalValue, IEnumerable<PocoNode> result,
            IEnumerable<KeyValuePair<string, IEnumerable<PocoNode>>> variables) => Look();

        public bool Equals(PocoNode? x, PocoNode? y)
        {
            Look();
            return EqualityOperators.TypedElementEqualityComparer.Equals(x, y);
        }

        public int GetHashCode(PocoNode node)
        {
            Look();
            return EqualityOperators.TypedElementEqualityComparer.GetHashCode(node);
        }
    }

    /// <summary>Gives an expression the functions that look at the clock.</summary>
    private sealed class Timed : ExpressionVisitor<Expression>
    {
        public static readonly Timed Functions = new();

        public override Expression VisitConstant(ConstantExpression expression) => expression;

        public override Expression VisitNewNodeListInit(NewNodeListInitExpression expression) => expression;

        public override Expression VisitVariableRef(VariableRefExpression expression) => expression;

        public override Expression VisitFunctionCall(FunctionCallExpression expression) => new FunctionCallExpression(
            expression.Focus.Accept(this),
            Replaced.Contains(expression.FunctionName) ? Prefix + expression.FunctionName : expression.FunctionName,
            expression.ExpressionType,
            expression.Arguments.Select(a => a.Accept(this)).ToArray(),
            expression.Location);
    }
}
