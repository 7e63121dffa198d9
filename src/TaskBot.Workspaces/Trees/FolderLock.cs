namespace TaskBot.Workspaces.Trees;

/// <summary>The turn to bring objects into a folder, among all tasks and processes; the system takes it back however its holder ends.</summary>
static class FolderLock
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits for the turn; disposing of it gives it back. The lock is a file beside the folder, whose parent is made.</summary>
    public static async Task<IDisposable> TakeAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        while (true)
        {
            try
            {
                return new FileStream(folder + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                // Another has its turn.
                await Task.Delay(Patience, time, cancellationToken);
            }
        }
    }
}
