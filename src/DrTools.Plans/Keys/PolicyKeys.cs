using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of what a plan follows.</summary>
internal static class PolicyKeys
{
    private static readonly Key<IReadOnlyList<string>> Principles = new("principles", Any.Texts, "The principles, each as a sentence.");
    private static readonly Key<IReadOnlyList<string>> Requirements = new("requirements", Any.Texts, "What else is required of recovery (availability, confidentiality, …), each as a sentence.");

    private static readonly Key<string> Title = new("title", Any.Text, "The full title of the regulation.");
    private static readonly Key<string> Requires = new("requires", Any.Text, "What the regulation demands.", isRequired: true);
    private static readonly Key<string> MetBy = new("metBy", Any.Text, "How that is met.", isRequired: true);
    private static readonly Key<TimeSpan> KeepFor = new("keepFor", Any.Duration, "How long backups must be kept by it, such as 7y.");

    private static readonly Key<DateOnly> Date = new("date", new DateShape(), "The day of the change, as 2026-11-21.", isRequired: true);
    private static readonly Key<string> Author = new("author", Any.Text, "Who made the change.", isRequired: true);
    private static readonly Key<string> Changed = new("change", Any.Text, "What was changed.", isRequired: true);

    private static readonly Key<string> PersonName = new("name", Any.Text, "The name of the person or team.", isRequired: true);
    private static readonly Key<string> Role = new("role", Any.Text, "What they do.");
    private static readonly Key<string> Contact = new("contact", Any.Text, "How to reach them.");

    public static ObjectShape<PlannedPolicy> Policy { get; } = new(
        "policy",
        [Principles, Requirements],
        v => new PlannedPolicy { Principles = v.List(Principles), Requirements = v.List(Requirements) });

    public static ObjectShape<PlannedRegulation> Regulation { get; } = new(
        "regulation",
        [Title, Requires, MetBy, KeepFor],
        v => new PlannedRegulation { Name = v.Name, Title = v.Get(Title), Requires = v.Required(Requires), MetBy = v.Required(MetBy), KeepFor = v.Maybe(KeepFor), Position = v.Position });

    public static ObjectShape<PlanChange> Change { get; } = new(
        "change",
        [Date, Author, Changed],
        v => new PlanChange(v.Required(Date), v.Required(Author), v.Required(Changed)));

    public static ObjectShape<PlannedPerson> Person { get; } = new(
        "person",
        [PersonName, Role, Contact],
        v => new PlannedPerson(v.Required(PersonName), v.Get(Role), v.Get(Contact)));
}
