System.Console.WriteLine("drtools");
