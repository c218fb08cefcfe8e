using System.Globalization;
using DrTools.Backup;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.Drills.Actions;

/// <summary>Which actions to list.</summary>
public sealed record ActionFilter
{
    /// <summary>Only of this service.</summary>
    public string? Service { get; init; }

    /// <summary>Only of this owner.</summary>
    public string? Owner { get; init; }

    /// <summary>Only what is as far as this.</summary>
    public ActionStatus? Status { get; init; }

    /// <summary>Only what there is still something to do about.</summary>
    public bool OpenOnly { get; init; }

    /// <summary>Only what should have been done by now.</summary>
    public bool OverdueOnly { get; init; }

    internal bool Lets(ImprovementAction action) =>
        (Service is null || Same(action.Service, Service))
        && (Owner is null || Same(action.Owner, Owner))
        && (Status is null || action.Status == Status)
        && (!OpenOnly || action.IsOpen)
        && (!OverdueOnly || action.IsOverdue);

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The improvement actions of a plan's services.</summary>
/// <param name="secrets">Where the secrets of the plan's repositories come from.</param>
/// <param name="time">The clock.</param>
public sealed class PlanActions(PlanSecrets secrets, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Lists actions, the oldest first.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="damaged">Takes what is wrong with a drill, an entry or a repository that cannot be read.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the plan has no such service; without
    /// <paramref name="damaged"/> also what is wrong with a drill, an entry or a repository.</exception>
    public async Task<IReadOnlyList<ImprovementAction>> ListAsync(RecoveryPlan plan, ActionFilter filter, CancellationToken cancellationToken, Action<DrException>? damaged = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(filter);
        var found = new List<ImprovementAction>();
        foreach (var planned in PlanHistory.Keepers(plan, filter.Service))
        {
            try
            {
                await WithAsync(planned, async repository => found.AddRange(await ReadAsync(repository, damaged, cancellationToken).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (damaged is not null)
            {
                damaged(e);
            }
        }

        return [.. found.Where(filter.Lets).OrderBy(a => a.Opened).ThenBy(a => a.Id, StringComparer.Ordinal)];
    }

    /// <summary>Says something of an action.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="reference">Its id, or a beginning of it that no other shares.</param>
    /// <param name="change">What.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The action as it is then.</returns>
    /// <exception cref="DrException"><see cref="DrError.ActionMissing"/>, <see cref="DrError.BadUsage"/> when several match or the
    /// change makes no sense, or what a store says.</exception>
    public async Task<ImprovementAction> SetAsync(RecoveryPlan plan, string reference, ActionChange change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var action = await FindAsync(plan, reference, cancellationToken).ConfigureAwait(false);
        Validate(change with { Title = null }, action);
        return await SayAsync(plan, action.Service, action.Id, change with { Title = null, Problem = null }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes down an action that no drill has found.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="service">The service that it is about.</param>
    /// <param name="change">What is to be done: its title at least.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such service, or it has no title; or what a store
    /// says.</exception>
    public Task<ImprovementAction> AddAsync(RecoveryPlan plan, string service, ActionChange change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(change);
        if (string.IsNullOrWhiteSpace(change.Title))
        {
            throw new DrException(DrError.BadUsage, "The action says nothing.", "Say in its title what is to be done.");
        }

        Validate(change, null);
        var name = plan.Service(service).Name;
        var id = BackupId.New(_time.GetUtcNow())[^8..];
        return SayAsync(plan, name, id, change, cancellationToken);
    }

    /// <summary>Finds one action.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="reference">Its id, or a beginning of it that no other shares.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.ActionMissing"/>, or <see cref="DrError.BadUsage"/> when several match.</exception>
    public async Task<ImprovementAction> FindAsync(RecoveryPlan plan, string reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(reference);
        var all = await ListAsync(plan, new ActionFilter(), cancellationToken).ConfigureAwait(false);
        return all.Where(a => a.Id.StartsWith(reference, StringComparison.OrdinalIgnoreCase)).ToList() switch
        {
            [var one] => one,
            [] => throw new DrException(
                DrError.ActionMissing,
                $"No improvement action of {plan.File} begins with '{reference}'.",
                all.Count == 0 ? "There are none: drills that do not pass make them." : "List them: drtools action list, Get-DrAction."),
            var several => throw new DrException(DrError.BadUsage, $"'{reference}' matches {several.Count} actions: {string.Join(", ", several.Take(5).Select(a => a.Id))}.", "Give more of the id."),
        };
    }

    private static void Validate(ActionChange change, ImprovementAction? action)
    {
        if (change.Status == ActionStatus.Closed)
        {
            throw new DrException(DrError.BadUsage, "Only a drill can close an action, by passing.", "Say that it is done; the next drill will show it.");
        }

        if (change.Status == ActionStatus.Dropped && string.IsNullOrWhiteSpace(change.Note))
        {
            throw new DrException(DrError.BadUsage, "An action is not dropped without a reason.", "Say why in a note (--note, -Note).");
        }

        if (action is not null && change is { Status: null, Owner: null, Due: null, Note: null })
        {
            throw new DrException(DrError.BadUsage, $"Nothing is said of the action {action.Id}.", "Give a status, an owner, a day or a note.");
        }
    }

    private static string Describe(string service, ActionChange change) => string.Join(
        ", ",
        new[]
        {
            service,
            change.Title,
            change.Status is { } status ? $"status {status}" : null,
            change.Owner is { } owner ? owner.Length == 0 ? "no owner" : $"owner {owner}" : null,
            change.Due is { } due ? $"due {due.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : null,
        }.OfType<string>());

    private async Task<ImprovementAction> SayAsync(RecoveryPlan plan, string service, string action, ActionChange change, CancellationToken cancellationToken)
    {
        var keeper = PlanHistory.Keepers(plan, service).FirstOrDefault()
            ?? throw new DrException(DrError.BadUsage, $"The service {service} has no sources, so that there is no repository to keep its actions.", "Add a source to the plan.");
        var now = _time.GetUtcNow();
        var entry = new ActionEntry
        {
            Id = BackupId.New(now),
            Action = action,
            Service = service,
            At = now,
            User = Environment.UserName,
            Host = Environment.MachineName,
            Change = change,
        };
        ImprovementAction? result = null;
        await WithAsync(
            keeper,
            async repository =>
            {
                await new ActionLog(repository).AddAsync(entry, Describe(service, change), cancellationToken).ConfigureAwait(false);
                result = (await ReadAsync(repository, null, cancellationToken).ConfigureAwait(false)).Single(a => a.Id == action);
            },
            cancellationToken).ConfigureAwait(false);
        return result!;
    }

    private async Task<IReadOnlyList<ImprovementAction>> ReadAsync(Repository repository, Action<DrException>? damaged, CancellationToken cancellationToken)
    {
        var drills = await new DrillHistory(repository).ListAsync(new DrillFilter(), cancellationToken, damaged).ConfigureAwait(false);
        var entries = await new ActionLog(repository).ListAsync(damaged, cancellationToken).ConfigureAwait(false);
        return ActionBoard.Of(drills, entries, DateOnly.FromDateTime(_time.GetLocalNow().Date));
    }

    private async Task WithAsync(PlannedRepository planned, Func<Repository, Task> work, CancellationToken cancellationToken)
    {
        var repository = await new PlanRepositories(secrets).OpenAsync(planned, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            await work(repository).ConfigureAwait(false);
        }
    }
}
