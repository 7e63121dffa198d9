using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models;

/// <summary>Gives clients by the names that nodes use: the models themselves, or the recording of a run.</summary>
public interface IModelRouter
{
    /// <summary>
    /// A client whose calls are charged to a scope, and recorded with the run that the scope names, if any. It is cheap: make one each time a node
    /// runs. It throws <see cref="ModelException"/> and <see cref="OverBudgetException"/>.
    /// </summary>
    /// <param name="profileOrModel">A profile, <c>model@provider</c>, a model on the first provider that is usable, or a chain of these with commas between.</param>
    /// <param name="scope">The accounts that its calls are charged to.</param>
    /// <exception cref="ModelException"><see cref="ModelErrorKind.NotConfigured"/>: no model of the chain can be asked.</exception>
    IChatClient GetClient(string profileOrModel, LedgerScope scope);

    /// <summary>Whether a profile of this name is shipped or configured; <c>embed</c> is not, unless somebody configures it.</summary>
    bool HasProfile(string name);

    /// <summary>The models that a name means and that can be asked, in the order they are tried: what an answer depends on.</summary>
    string Describe(string profileOrModel);
}
