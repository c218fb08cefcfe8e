using System.Diagnostics.CodeAnalysis;
using DrTools.Plans.Yaml;

namespace DrTools.Plans.Shapes;

/// <summary>
/// What may stand at a place of a plan file. A shape reads it, and describes it in the JSON Schema: both follow from one
/// description, so they cannot differ.
/// </summary>
internal abstract class Shape<T>
{
    /// <summary>Reads a node. What is wrong with it is told, all of it.</summary>
    /// <returns>Whether there is a value.</returns>
    public abstract bool TryRead(PlanNode node, PlanReading reading, [MaybeNullWhen(false)] out T value);

    /// <summary>Writes what it accepts into an open object of the schema.</summary>
    public abstract void Describe(SchemaWriter schema);
}

/// <summary>A single value, read from its text.</summary>
internal abstract class ScalarShape<T> : Shape<T>
{
    /// <summary>What is expected, in words, with its article.</summary>
    public abstract string Expected { get; }

    /// <summary>Whether its text must not appear in a message.</summary>
    protected virtual bool IsSecret => false;

    public sealed override bool TryRead(PlanNode node, PlanReading reading, [MaybeNullWhen(false)] out T value)
    {
        if (node is ScalarNode { IsNull: false } scalar)
        {
            return TryParse(scalar, reading, out value);
        }

        value = default;
        reading.Problem(
            node.Position,
            node is ScalarNode ? $"There is no value here, where {Expected} is expected." : $"This is {node.Kind}, and {Expected} is expected.",
            node is ScalarNode ? "Write one, or leave the key out." : $"Write {Expected}.");
        return false;
    }

    protected abstract bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out T value);

    protected bool Refuse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out T value, string? remedy = null)
    {
        value = default;
        reading.Problem(node.Position, IsSecret ? $"This is not {Expected}." : $"'{node.Text}' is not {Expected}.", remedy ?? $"Write {Expected}.");
        return false;
    }
}
